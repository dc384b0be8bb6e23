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

    /// `user` is whose all of it must be; the bootstrap user unless told otherwise.
    init(_ host: Host, user: UInt32? = nil) {
        self.host = host
        self.user = user ?? host.account.user
        settings = host.configuration.requirements
        let folder = settings.folder
        let liesInImage = host.configuration.btrfs.map { folder.hasPrefix("\($0.mountPoint)/") } ?? false
        needs = liesInImage ? [BundleLinks.name, "btrfs-image"] : [BundleLinks.name]
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found: [Difference] = []
        for bundle in host.bundles where try await version(of: bundle) == nil {
            found.append(
                Difference("requirements of \(bundle.name)", found: "not known before it is installed", wanted: "met"))
        }
        return try await found + unmet(context).map(\.difference)
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await inspect(context)
        for (requirement, difference) in try await unmet(context) {
            guard let index = found.firstIndex(of: difference) else { continue }
            found[index] = try await requirement.foresee(context) ?? difference
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        var failures: [StepFailure] = []
        for (requirement, _) in try await unmet(context) {
            do throws(StepFailure) { try await meet(requirement, context) } catch {
                if settings.failsFast || error.kind == .cancelled { throw error }
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

    private func unmet(
        _ context: StepContext
    ) async throws(StepFailure) -> [(requirement: any Requirement, difference: Difference)] {
        var found: [(requirement: any Requirement, difference: Difference)] = []
        for requirement in try await declared() {
            if let difference = try await requirement.difference(context) { found.append((requirement, difference)) }
        }
        return found
    }

    // MARK: One of them

    private func meet(_ requirement: any Requirement, _ context: StepContext) async throws(StepFailure) {
        context.progress("making \(requirement.path)")
        var attempt = 1
        while true {
            do throws(StepFailure) {
                try await within(settings.timeout, requirement.path) { () throws(StepFailure) in
                    try await requirement.meet(context)
                }
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

    // MARK: What is declared

    /// The version that is, or after this run will be, in use; nil when it is yet to be installed.
    private func version(of bundle: BundleSource) async throws(StepFailure) -> String? {
        try await host.installed(bundle).record?.version
    }

    /// All of them, in the order in which they are to be met.
    private func declared() async throws(StepFailure) -> [any Requirement] {
        var all: [any Requirement] = []
        for bundle in host.bundles {
            guard let version = try await version(of: bundle) else { continue }
            let (store, name) = (host.store, bundle.name)
            let declared = try await asBundle { () throws(BundleError) in
                try await onOwnThread { () throws(BundleError) in try store.requirements(name, version) }
            }
            if let declared { all += requirements(declared, of: bundle, in: store.folder(name, version)) }
        }
        // Of equal ones the order in which they are declared holds.
        return all.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
    }

    private func requirements(
        _ declared: BundleRequirements, of bundle: BundleSource, in folder: String
    ) -> [any Requirement] {
        let (host, user, data) = (host, user, "\(settings.folder)/\(bundle.name)")
        let priority = { (own: Int?, usual: Int) in own ?? declared.priority ?? usual }
        let mode = { (text: String?, usual: UInt32) in text.flatMap { UInt32($0, radix: 8) } ?? usual }
        let values = { @Sendable () throws(StepFailure) -> [String: String] in
            let known = host.places.merging(["DATA": data, "BUNDLE": folder]) { _, own in own }
            return known.merging(try host.environmentValues()) { _, own in own }
        }
        var all: [any Requirement] = []
        for item in declared.directories ?? [] {
            all.append(
                RequiredFolder(
                    path: "\(data)/\(item.path)", priority: priority(item.priority, 5), mode: mode(item.mode, 0o755),
                    user: user,
                    host: host))
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
                    path: "\(data)/\(item.path)", priority: priority(item.priority, 100), mode: mode(item.mode, 0o600),
                    user: user,
                    template: "\(folder)/\(item.template)", host: host, values: values))
        }
        for item in declared.dependencies ?? [] {
            guard let digest = Digest(hex: item.sha256) else { continue }
            all.append(
                RequiredDependency(
                    path: "\(data)/\(item.path)", priority: priority(item.priority, 100), mode: mode(item.mode, 0o644),
                    user: user,
                    url: item.url, digest: digest, host: host))
        }
        return all
    }
}

/// Runs what can be cancelled, and cancels it when its time is over.
private func within(
    _ limit: Duration, _ place: String, _ body: @escaping @Sendable () async throws(StepFailure) -> Void
) async throws(StepFailure) {
    let result = await withTaskGroup(of: Result<Void, StepFailure>?.self) { group in
        group.addTask {
            do throws(StepFailure) { return .success(try await body()) } catch { return .failure(error) }
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        if let first { return first }
        // What ended well in the last moment ended well.
        if case .success? = await group.next() ?? nil { return .success(()) }
        return .failure(
            StepFailure(
                .timedOut,
                Explanation(
                    "did not end within \(limit.milliseconds / 1000) s", at: place,
                    hint: "see what it waits for; give it longer with \"timeout_seconds\" of \"requirements\"")))
    }
    try result.get()
}
