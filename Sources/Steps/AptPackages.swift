import HostConfig
import Engine
import Platform
import Privileged

/// Debian packages; when dpkg's own status file says that all are there, nothing is run at all.
struct AptPackages: Step {
    private static let name: StepID = "apt-packages"
    let id = Self.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let packages: [String]
    private let held: Set<String>
    /// The packages that were there before the step acted, with spaces between.
    private static let fact = "installed_before"
    /// What a package is that no config named.
    private static let cameAlong = "came along"
    private let apt: AptCommands
    private let others: OtherRoots

    /// The step that a host's packages come by, for who needs what they bring; nil when there are none.
    static func id(_ host: Host) -> StepID? { host.configuration.aptPackages.isEmpty ? nil : name }

    init(_ host: Host) {
        packages = host.configuration.aptPackages.map(\.description)
        held = Set(host.configuration.apt.hold.map(\.description))
        others = host.others
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
        needs = Set(["layout", AptSources.id(host)].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (status, isCutOff) = try await onDisk { () throws(SystemCallError) in
            let status = try DpkgStatus.current()
            return (status, status.isInterrupted ? try DpkgStatus.isLeftInterrupted() : false)
        }
        let cutOff = Difference(DpkgStatus.journal, found: "dpkg was cut off", wanted: "ended by dpkg")
        return (isCutOff ? [cutOff] : [])
            + packages.compactMap { package in
                status.difference(package).map { Difference(package, found: $0, wanted: "installed") }
            }
    }

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        if context.remembered(Self.fact) == nil, try await !inspect(context).isEmpty {
            // What others ask for comes along; only what was there before tells it from the rest, however the step ends.
            context.keep(Self.fact, try await Self.installed().sorted().joined(separator: " "))
        }
        return try await Possessions.look(packages.map { OwnedThing(.package, Self.name($0)) }, context, others)
    }

    private static func installed() async throws(StepFailure) -> Set<String> {
        try await onDisk { () throws(SystemCallError) in try DpkgStatus.current().names }
    }

    /// What the config itself holds may become what the config wants; the step for that holds it again.
    private func release(_ wanted: [String], _ context: StepContext) async throws(StepFailure) {
        try await apt.release(wanted.map(Self.name).filter(held.contains), context)
    }

    /// What came since the step began to act came through it.
    private func ownWhatCame(_ context: StepContext) async throws(StepFailure) {
        guard let before = context.remembered(Self.fact) else { return }
        let named = Set(packages.map(Self.name))
        let came = try await Self.installed().subtracting(before.split(separator: " ").map(String.init))
        context.owns(came.subtracting(named).sorted().map { OwnedThing(.package, $0, content: Self.cameAlong) })
        context.forget(Self.fact)
    }

    /// Which of those that came along are still needed is apt's to know.
    func wants(_ thing: OwnedThing) -> Bool {
        guard thing.kind == .package else { return false }
        return thing.content == Self.cameAlong || packages.contains { Self.name($0) == thing.name }
    }

    /// `NAME[:ARCHITECTURE]`: an exact version is no part of the name.
    private static func name(_ package: String) -> String { String(package.prefix { $0 != "=" }) }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let all = try await inspect(context)
        let named = all.filter(Self.isOfAPackage)
        return all.filter { !Self.isOfAPackage($0) } + (named.isEmpty ? [] : await apt.forecast(named))
    }

    private static func isOfAPackage(_ difference: Difference) -> Bool { difference.what != DpkgStatus.journal }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let wanted = differences.filter(Self.isOfAPackage).map(\.what)
        // Without one there is nothing that would show whether it helped.
        guard !wanted.isEmpty else { return try await apt.finishInterrupted(context) }
        var attempts = AptAttempts(apt, hasRepaired: try await apt.repairIfInterrupted(wanted, context))
        try await release(wanted, context)
        var listsAreGood = try await apt.listsHold(wanted)
        while true {
            let result = listsAreGood ? try await apt.install(wanted, context) : try await apt.update(context)
            if result.succeeded {
                if listsAreGood { return try await ownWhatCame(context) }
                listsAreGood = true
                continue
            }
            let failure = AptFailure(result)
            let action = try await attempts.recover(from: failure, context) {
                let room = failure == .diskFull ? await apt.room(for: wanted) : nil
                return failure.explanation(result, packages: wanted, room: room)
            }
            if case .retry = action { listsAreGood = false }
        }
    }
}

extension StepFailure {
    /// A failure that is explained and nothing more.
    init(_ explanation: Explanation) { self.init(.failed, explanation) }
}
