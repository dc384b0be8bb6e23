import Bundles
import Engine
import HostConfig
import Platform

/// What the bundles in use declare they need before their services start.
///
/// All are looked at first. Those without needs are met one after the other, the lowest priority number first; those with
/// needs as soon as these are met, beside others.
struct Requirements: Step {
    static let name: StepID = "requirements"
    let id = Requirements.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host
    private let user: UInt32
    private let settings: RequirementSettings
    /// The content of what is owned says which step made it.
    private static let mark = RequiredFolder.mark

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

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (requirement) throws(StepFailure) in try await requirement.preview(context) }
    }

    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await look { (requirement) throws(StepFailure) in try await requirement.verify(context) }
    }

    private func look(
        _ body: (any Requirement) async throws(StepFailure) -> Difference?
    ) async throws(StepFailure) -> [Difference] {
        let (requirements, unknown) = try await declared()
        var found = unknown.map {
            Difference("requirements of \($0)", found: "not known before it is installed", wanted: "met")
        }
        for one in requirements {
            do throws(StepFailure) {
                if let difference = try await body(one.requirement) { found.append(difference) }
            } catch {
                // Applied, it fails again, after the others have been met.
                if settings.failsFast && !one.terms.mayBeLacking || Task.isCancelled { throw error }
                found.append(Difference(one.requirement.place, found: error.explanation.problem, wanted: "met"))
            }
        }
        return found
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let things = try await declared().requirements.flatMap(\.requirement.ownedThings)
        var folders: [OwnedThing] = []
        for path in things.flatMap({ Ownership.folders(above: $0.name) }) {
            let folder = OwnedThing(.folder, path, content: Self.mark)
            if !(folders + things).contains(where: folder.isSame) { folders.append(folder) }
        }
        return try await Ownership.look(folders.sorted { $0.name < $1.name } + things, context, host.others)
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
        // More than eight at once would only get in each other's way.
        let width = host.configuration.parallel ? 8 : 1
        let declared = try await declared().requirements
        let lacking = try await RequirementRun(declared, width: width, settings, context).run()
        guard let first = lacking.first else { return }
        context.lacks(
            Explanation(
                "what a bundle requires is lacking: \(RequirementRun.words(lacking))",
                hint: "for the next run, which tries again: \(first.failure.explanation.hint)"),
            of: Set(lacking.map(\.place)))
    }

    /// All of them, in the order in which they are to be met, and the bundles that are yet to be installed.
    private func declared() async throws(StepFailure) -> (requirements: [Declared], unknown: [String]) {
        var all: [Declared] = [], unknown: [String] = []
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
            guard let declared else { continue }
            let declaring = DeclaringBundle(
                name: name, version: version, folder: store.folder(name, version),
                data: "\(settings.folder)/\(name)", user: user, host: host)
            all += declaring.all(declared)
        }
        // Of equal ones the order in which they are declared holds.
        let ordered = all.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
        return (ordered.map(\.element), unknown)
    }
}
