import Bundles
import Engine
import HostConfig
import Platform
import Systemd

/// A unit that the host is to run, from the config's list or made from its tunnel.
struct ServiceSpecification: Sendable {
    enum Text: Sendable {
        /// The unit file itself.
        case given(String)
        /// The same with places to be filled in.
        case content(String)
        /// A template at this path in a bundle.
        case template(bundle: String, path: String)
        /// The file of a package, which systemd alone reads.
        case packages
    }

    let unit: UnitName
    /// Whose systemd runs it.
    let scope: UnitScope
    /// Nil: nobody's text counts, since it is masked.
    let text: Text?
    let dropIns: [DropInSpecification]
    let health: HostConfig.HealthCheck?
    let isEnabled: Bool
    let isMasked: Bool
    /// A new version with which it is not healthy is rolled back.
    let rollsBack: Bool

    /// A package brings it: its file is not ours, and what it was before comes back.
    var isPackages: Bool { if case .packages = text { true } else { false } }
    /// It is to run, or to wait for what starts it; one of ours is there for that.
    var isToRun: Bool { isEnabled || !isPackages }

    /// The kind of unit, and its name without the suffix: `service-x`, `timer-x`; of a user's own, `user-service-x`.
    var stepID: StepID {
        StepID("\(scope == .system ? "" : "user-")\(unit.suffix.dropFirst())-\(unit.stem)")
    }
    var place: UnitPlace { UnitPlace(unit, scope) }
    var path: String { place.path }

    /// The unit file with this text.
    func file(_ text: String) -> WantedFile {
        WantedFile(path: path, content: Array(text.utf8), mode: 0o644, owner: scope.owner)
    }

    /// The unit that a step with such a name is for; nil when it is for none.
    static func unit(ofStep name: String) -> UnitName? {
        let parts = name.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, ["service", "timer", "socket", "path", "mount", "target", "slice"].contains(parts[0])
        else { return nil }
        return try? UnitName("\(parts[1]).\(parts[0])")
    }

    static func all(_ host: Host) -> [ServiceSpecification] {
        var options: [ServiceSpecification] = []
        let template = Template(values: host.places)
        for service in host.configuration.services {
            guard let unit = try? UnitName(service.unit) else { continue }
            let scope = service.scope == .user ? host.userScope : .system
            let text: Text? =
                switch service.definition {
                case .content(let content): .content(content)
                case .bundle(let bundle, let path): .template(bundle: bundle, path: path)
                case .package: .packages
                case nil: nil
                }
            let dropIns = service.dropIns.sorted { $0.key < $1.key }.compactMap { name, text in
                DropInFile(name, of: unit, in: scope).map {
                    DropInSpecification(file: $0, text: template.fillKnown(text), owner: scope.owner)
                }
            }
            options.append(
                ServiceSpecification(
                    unit: unit, scope: scope, text: text, dropIns: dropIns, health: service.health,
                    isEnabled: service.isEnabled,
                    isMasked: service.isMasked, rollsBack: service.rollback == .automatic))
        }
        if let tunnel = host.configuration.sshTunnel {
            options += [own(TunnelUnit.name, TunnelUnit.text(tunnel, user: host.account.name))].compactMap(\.self)
        }
        if let schedule = host.configuration.schedule {
            let timer = PullUnits.timerText(schedule, hostID: host.configuration.hostID)
            options +=
                [
                    own(
                        ScheduleSettings.service,
                        PullUnits.serviceText(root: host.layout.root, user: host.account.name), isEnabled: false),
                    own(ScheduleSettings.timer, timer),
                ].compactMap(\.self)
        }
        return options
    }

    /// One that the program writes.
    private static func own(_ name: String, _ text: String, isEnabled: Bool = true) -> ServiceSpecification? {
        guard let unit = try? UnitName(name) else { return nil }
        return ServiceSpecification(
            unit: unit, scope: .system, text: .given(text), dropIns: [], health: nil, isEnabled: isEnabled,
            isMasked: false, rollsBack: false)
    }
}

extension Host {
    /// A unit file's text; nil when the bundle that brings it is not installed yet, a package brings it, or nobody's text counts.
    func unitText(_ specification: ServiceSpecification) async throws(StepFailure) -> String? {
        for dropIn in specification.dropIns { _ = try filled(dropIn.text) }
        switch specification.text {
        case nil, .packages: return nil
        case .given(let text): return text
        case .content(let text): return try filled(text)
        case .template(let bundle, let path):
            let file = "\(store.currentLink(bundle))/\(path)"
            guard let template = try await onDisk({ () throws(SystemCallError) in try Files.text(file) }) else {
                return nil
            }
            let own = [
                "BUNDLE": store.currentLink(bundle), "DATA": "\(configuration.requirements.folder)/\(bundle)",
            ]
            return try filled(template, of: file, besides: own)
        }
    }

    /// What is wrong with a unit file of a bundle, each mistake with its place; of the config's own, `check` tells.
    func unitMistakes(_ specification: ServiceSpecification, _ text: String) -> [(place: String, mistake: UnitMistake)]
    {
        guard case .template(let bundle, let path) = specification.text else { return [] }
        let ofUsers = specification.scope == .system ? [] : UnitText.mistakes(inUsers: text)
        return (UnitText.mistakes(in: text, of: specification.unit) + ofUsers).map {
            ("\(store.currentLink(bundle))/\(path):\($0.line)", $0)
        }
    }

    /// The timer, socket or path of the config that starts this unit when it is time; nil when it runs on its own.
    ///
    /// One that is enabled and wanted by something at boot starts with the host, too, and has to run.
    func starter(of specification: ServiceSpecification) async throws(StepFailure) -> UnitName? {
        let text = UnitText(try await unitText(specification) ?? "")
        let isWanted = ["WantedBy", "RequiredBy", "UpheldBy"].contains { !text.values($0, in: "Install").isEmpty }
        if specification.isEnabled, isWanted { return nil }
        for other in ServiceSpecification.all(self)
        where other.unit != specification.unit && other.scope == specification.scope && !other.isMasked {
            guard let text = try await unitText(other) else { continue }
            if UnitText(text).started(by: other.unit) == specification.unit.text { return other.unit }
        }
        return nil
    }
}
