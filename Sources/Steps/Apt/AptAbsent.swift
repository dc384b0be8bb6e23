import Engine
import HostConfig
import Platform
import Privileged

/// Packages that must not be there: what needs them goes with them, and they stay when the config wants any of that.
struct AptAbsent: Step {
    let id: StepID = "apt-absent"
    let phase = Phase.install
    let needs: Set<StepID>
    /// What a package is that no config named.
    private static let wentAlong = "went along"
    private static let reason = "since it needs what must not be there"
    private let packages: [String]
    /// What the config wants to be there.
    private let wanted: [String]
    private let host: Host
    private let debs: AptDebs
    private let apt: AptCommands

    /// `debs` knows which packages the config's files bring.
    init(_ host: Host, besides debs: AptDebs) {
        self.debs = debs
        self.host = host
        packages = host.configuration.apt.absent.map(\.description)
        wanted = (host.configuration.aptPackages + host.configuration.apt.hold).map(\.description)
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
        let before = [AptSources.id(host), AptPackages.id(host), AptDebs.id(host), AptHolds.id(host)]
        needs = Set(["layout"] + before.compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let packages = packages
        return try await onDisk { () throws(SystemCallError) in
            let status = try DpkgStatus.current()
            return packages.compactMap { package in
                status.version(package).map { Difference(package, found: $0, wanted: "absent") }
            }
        }
    }

    /// What goes with them is told, and what they are kept by.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let named = try await inspect(context)
        try await refuseVital(named.map(\.what))
        guard let preview = try await preview(named.map(\.what)) else { return named }
        try await check(preview, named.map(\.what))
        return preview.differences(named: named, reason: Self.reason)
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let names = differences.map(\.what)
        // apt simulates nothing without dpkg.
        try await refuseVital(names)
        var attempts = AptAttempts(apt, hasRepaired: try await apt.repairIfInterrupted([], context))
        while true {
            var result = try await apt.simulateRemoval(names)
            if result.succeeded {
                let preview = AptPreview(result.output)
                try await check(preview, names)
                let others = preview.removed(besides: names).map(\.package)
                try await apt.release((names + others).filter(wasHeld), context)
                result = try await apt.remove(names, along: others, context)
                if result.succeeded { return }
            }
            let failure = AptFailure(result)
            _ = try await attempts.recover(from: failure, context) {
                failure.explanation(result, of: "apt-get remove \(names.joined(separator: " "))", at: "apt-get remove")
            }
        }
    }

    // MARK: What was there

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let names = try await inspect(context).map(\.what)
        let others = try await preview(names)?.removed(besides: names).map(\.package) ?? []
        let things =
            names.map { OwnedThing(.absence, $0) } + others.map { OwnedThing(.absence, $0, content: Self.wentAlong) }
        let ours = host.pastPossessions.filter { $0.kind == .package && $0.before == nil }
        return try await onDisk { () throws(SystemCallError) in
            let status = try DpkgStatus.current()
            return things.map { thing in
                var thing = thing
                // What an earlier config brought was not there before this host was provisioned.
                let isOurs = AptSimulation.isAmong(ours.map(\.name), thing.name)
                thing.before = isOurs ? nil : status.version(thing.name)
                return thing
            }
        }
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.kind == .absence && (thing.content == Self.wentAlong || packages.contains(thing.name))
    }

    // MARK: What goes

    /// Nil when there is nothing to remove, or apt does not say.
    private func preview(_ names: [String]) async throws(StepFailure) -> AptPreview? {
        if names.isEmpty { return nil }
        let result = try await apt.simulateRemoval(names)
        return result.succeeded ? AptPreview(result.output) : nil
    }

    /// Refuses when something would go that must stay.
    private func check(_ preview: AptPreview, _ names: [String]) async throws(StepFailure) {
        let going = preview.changes.filter { $0.new == nil }.map(\.package)
        try await refuseVital(going)
        let words = names.joined(separator: " ")
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        let after = status.without(going)
        if let kept = (wanted + debs.names).first(where: { status.difference($0) == nil && after.difference($0) != nil }
        ) {
            throw StepFailure(
                Explanation(
                    "the config wants it to be there, and apt would remove it with \(words)", at: kept,
                    hint: "leave one of the two out of the config; apt-get -s remove \(words) shows what needs what"))
        }
        for package in going {
            guard let root = host.others.owner(of: OwnedThing(.package, package)) else { continue }
            throw StepFailure(
                Explanation(
                    "it belongs to \(root), too", at: package,
                    hint: "take it out of that root's config, or out of \"absent\" in this one"))
        }
    }

    private func refuseVital(_ going: [String]) async throws(StepFailure) {
        let vital: [String]
        do throws(SystemCallError) { vital = try await VitalPackages.among(going) } catch { throw StepFailure(error) }
        guard vital.isEmpty else { throw StepFailure(VitalPackages.refusal(of: vital)) }
    }

    /// An earlier config of this host's held it, which its own step gives back only after this one.
    private func wasHeld(_ package: String) -> Bool {
        let name = SelectionName(package: package).text
        return host.pastPossessions.contains {
            $0.kind == .setting && $0.name == name && $0.settingBefore == PackageSelection.install.rawValue
        }
    }
}
