import Bundles
import Digests
import Engine
import HostConfig
import Platform

/// What the bundles in use declare they need: folders, files, databases, dependencies.
///
/// All are looked at first; those that are not met are met one after the other, the lowest priority number first.
struct Requirements: Step {
    static let name: StepID = "requirements"
    let id = Requirements.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host
    private let user: UInt32
    private let settings: RequirementSettings
    /// The content of what is owned says which step made it.
    private static let mark = "declared by a bundle"

    /// `user` is whose all of it must be; the bootstrap user unless told otherwise.
    init(_ host: Host, user: UInt32? = nil) {
        self.host = host
        self.user = user ?? host.account.user
        settings = host.configuration.requirements
        needs = Set([BundleLinks.name] + host.mountSteps(for: settings.folder))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (requirement) throws(StepFailure) in try await requirement.difference(context) }
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (requirement) throws(StepFailure) in try await requirement.foresee(context) }
    }

    private func look(
        _ body: (any Requirement) async throws(StepFailure) -> Difference?
    ) async throws(StepFailure) -> [Difference] {
        let (requirements, unknown) = try await declared()
        var found = unknown.map {
            Difference("requirements of \($0)", found: "not known before it is installed", wanted: "met")
        }
        for requirement in requirements {
            do throws(StepFailure) {
                if let difference = try await body(requirement) { found.append(difference) }
            } catch {
                // Applied, it fails again, after the others have been met.
                if settings.failsFast || Task.isCancelled { throw error }
                found.append(Difference(requirement.path, found: error.explanation.problem, wanted: "met"))
            }
        }
        return found
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let things = try await declared().requirements.map { requirement in
            let isFolder = requirement is RequiredFolder
            return OwnedThing(isFolder ? .folder : .data, requirement.path, content: Self.mark)
        }
        var folders: [OwnedThing] = []
        for path in things.flatMap({ Possessions.folders(above: $0.name) }) {
            let folder = OwnedThing(.folder, path, content: Self.mark)
            if !(folders + things).contains(where: folder.isSame) { folders.append(folder) }
        }
        return try await Possessions.look(folders.sorted { $0.name < $1.name } + things, context, host.others)
    }

    /// What any version of a bundle in use may need is wanted as long as the bundle is.
    func wants(_ thing: OwnedThing) -> Bool {
        guard [.folder, .data].contains(thing.kind), thing.content == Self.mark else { return false }
        return host.bundles.contains { bundle in
            let folder = "\(settings.folder)/\(bundle.name)/"
            return folder.hasFirstBytes("\(thing.name)/") || thing.name.hasFirstBytes(folder)
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        var failures: [StepFailure] = []
        for requirement in try await declared().requirements {
            do throws(StepFailure) {
                if try await requirement.difference(context) != nil { try await meet(requirement, context) }
            } catch {
                if settings.failsFast || error.kind == .cancelled || Task.isCancelled { throw error }
                context.progress("\(error.explanation.summary); going on with the others")
                failures.append(error)
            }
        }
        guard let first = failures.first else { return }
        let more = failures.count > 1 ? " (and \(failures.count - 1) more)" : ""
        throw StepFailure(
            first.kind,
            Explanation(
                first.explanation.problem + more, at: first.explanation.place ?? "", hint: first.explanation.hint))
    }

    // MARK: One of them

    private func meet(_ requirement: any Requirement, _ context: StepContext) async throws(StepFailure) {
        context.progress("making \(requirement.path)")
        var attempt = 1
        while true {
            do throws(StepFailure) {
                try await meetInTime(requirement, context)
                if let left = try await requirement.difference(context) {
                    throw StepFailure(
                        Explanation(
                            "was made, and is not as declared: \(left.found), not \(left.wanted)", at: left.what,
                            hint: "see what else writes there, then run again"))
                }
                return
            } catch {
                guard attempt < settings.attempts, error.kind != .integrity, !Task.isCancelled else { throw error }
                context.retried(attempt: attempt, of: settings.attempts, error.explanation.summary)
            }
            do { try await Task.sleep(for: .seconds(1 << (attempt - 1))) } catch {
                throw StepFailure(
                    .cancelled, Explanation("stopped between attempts", at: requirement.path, hint: "run again"))
            }
            attempt += 1
        }
    }

    private func meetInTime(_ requirement: any Requirement, _ context: StepContext) async throws(StepFailure) {
        let (result, inTime) = await withTimeLimit(settings.timeout) { () -> Result<Void, StepFailure> in
            do throws(StepFailure) { return .success(try await requirement.meet(context)) } catch {
                return .failure(error)
            }
        }
        // What ended well in the last moment ended well.
        if case .failure = result, !inTime, !Task.isCancelled {
            throw StepFailure(
                .timedOut,
                Explanation(
                    "did not end within \(settings.timeout.milliseconds / 1000) s", at: requirement.path,
                    hint: "see what it waits for; give it longer with \"timeout_seconds\" of \"requirements\""))
        }
        try result.get()
    }

    // MARK: What is declared

    /// All of them, in the order in which they are to be met, and the bundles that are yet to be installed.
    private func declared() async throws(StepFailure) -> (requirements: [any Requirement], unknown: [String]) {
        var all: [any Requirement] = [], unknown: [String] = []
        for bundle in host.bundles {
            // The version that is, or after this run will be, in use.
            guard let version = try await host.installed(bundle).record?.version else {
                unknown.append(bundle.name)
                continue
            }
            let (store, name) = (host.store, bundle.name)
            let declared = try await asBundle { () throws(BundleError) in
                try await onOwnThread { () throws(BundleError) in try store.requirements(name, version) }
            }
            if let declared { all += requirements(declared, of: bundle, in: store.folder(name, version)) }
        }
        // Of equal ones the order in which they are declared holds.
        let ordered = all.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
        return (ordered.map(\.element), unknown)
    }

    private func requirements(
        _ declared: BundleRequirements, of bundle: BundleSource, in folder: String
    ) -> [any Requirement] {
        let (host, user, data) = (host, user, "\(settings.folder)/\(bundle.name)")
        let priority = { (own: Int?, usual: Int) in own ?? declared.priority ?? usual }
        let place = { (path: String, kind: FileStatus.Kind, mode: String?, usual: UInt32) in
            Placement(
                path: "\(data)/\(path)", kind: kind, mode: mode.flatMap { UInt32($0, radix: 8) } ?? usual, user: user)
        }
        let values = { @Sendable () throws(StepFailure) -> [String: String] in
            let known = host.places.merging(["DATA": data, "BUNDLE": folder]) { _, own in own }
            return known.merging(try host.environmentValues()) { _, own in own }
        }
        var all: [any Requirement] = []
        for item in declared.directories ?? [] {
            let placement = place(item.path, .folder, item.mode, 0o755)
            all.append(RequiredFolder(placement: placement, priority: priority(item.priority, 5), host: host))
        }
        for item in declared.databases ?? [] {
            all.append(
                RequiredDatabase(
                    path: "\(data)/\(item.name).sqlite", priority: priority(item.priority, 10),
                    scripts: item.sql.map { "\(folder)/\($0)" }, host: host))
        }
        for item in declared.files ?? [] {
            all.append(
                RequiredFile(
                    placement: place(item.path, .file, item.mode, 0o600), priority: priority(item.priority, 100),
                    template: "\(folder)/\(item.template)", host: host, values: values))
        }
        for item in declared.dependencies ?? [] {
            guard let digest = Digest(hex: item.sha256) else { continue }
            all.append(
                RequiredDependency(
                    placement: place(item.path, .file, item.mode, 0o644), priority: priority(item.priority, 100),
                    url: item.url, digest: digest, size: item.size, host: host))
        }
        return all
    }
}
