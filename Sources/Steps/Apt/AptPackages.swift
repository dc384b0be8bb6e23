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

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        if try await !inspect(context).isEmpty { try await AutomaticPackages.begin(context) }
        return try await Ownership.look(packages.map { OwnedThing(.package, Self.name($0)) }, context, others)
    }

    /// What the config itself holds may become what the config wants; the step for that holds it again.
    private func release(_ wanted: [String], _ context: StepContext) async throws(StepFailure) {
        try await apt.release(wanted.map(Self.name).filter(held.contains), context)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        AutomaticPackages.isOne(thing) || thing.kind == .package && packages.contains { Self.name($0) == thing.name }
    }

    /// `NAME[:ARCHITECTURE]`: an exact version is no part of the name.
    private static func name(_ package: String) -> String { String(package.prefix { $0 != "=" }) }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let all = try await inspect(context)
        let named = all.filter(Self.isOfAPackage)
        return all.filter { !Self.isOfAPackage($0) } + (named.isEmpty ? [] : await apt.preview(named))
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
                if listsAreGood { return try await AutomaticPackages.own(besides: packages.map(Self.name), context) }
                listsAreGood = true
                continue
            }
            let failure = AptFailure(result)
            let action = try await attempts.recover(from: failure, context) {
                let room = failure == .diskFull ? await apt.room(for: wanted) : nil
                let install = "apt-get install \(wanted.joined(separator: " "))"
                return failure.explanation(result, of: listsAreGood ? install : "apt-get update", room: room)
            }
            if case .retry = action { listsAreGood = false }
        }
    }
}

extension StepFailure {
    /// A failure that is explained and nothing more.
    init(_ explanation: Explanation) { self.init(.failed, explanation) }
}
