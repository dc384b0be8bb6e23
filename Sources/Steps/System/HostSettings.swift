import Engine
import HostConfig
import Platform
import Privileged

/// The machine's name, time zone and language.
struct HostSettings: Step {
    let id: StepID = "host-settings"
    let phase = Phase.files
    let needs: Set<StepID>
    private let host: Host
    private let wanted: [HostSetting: String]

    init(_ host: Host) {
        self.host = host
        wanted = host.configuration.hostSettings
        // Time zones and locales may be among the packages.
        needs = Set(["layout", AptPackages.id(host)].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let wanted = ordered
        return try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            for (setting, value) in wanted {
                guard let now = try setting.found(insteadOf: value) else { continue }
                found.append(Difference(setting.rawValue, found: now, wanted: value))
            }
            return found
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let differing = Set(differences.map(\.what))
        for (setting, value) in ordered where differing.contains(setting.rawValue) {
            try await asRoot { () throws(PrivilegedError) in try await host.helper.set(setting, to: value) }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let (wanted, before) = (ordered, OwnedThing.settingsBefore(context.owned))
        return try await onDisk { () throws(SystemCallError) in
            var owned: [OwnedThing] = []
            for (setting, value) in wanted {
                let lasting: String
                if let known = before[setting.rawValue] { lasting = known } else { lasting = try setting.lasting() }
                owned.append(.setting(setting.rawValue, value, before: lasting))
            }
            return owned
        }
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.kind == .setting && HostSetting(rawValue: thing.name).map { wanted[$0] != nil } == true
    }

    private var ordered: [(setting: HostSetting, value: String)] {
        HostSetting.allCases.compactMap { setting in wanted[setting].map { (setting, $0) } }
    }
}
