import Engine
import HostConfig
import Platform
import Privileged

/// The kernel's settings: what they are now, and the file that sets them at each boot.
struct Sysctl: Step {
    let id: StepID = "sysctl"
    let phase = Phase.files
    let needs: Set<StepID> = ["layout"]
    private let host: Host
    private let wanted: [KernelSetting: String]
    private let file: WantedFile

    init(_ host: Host) {
        self.host = host
        wanted = host.configuration.sysctl
        let values = Dictionary(uniqueKeysWithValues: wanted.map { ($0.key.name, $0.value) })
        file = WantedFile(
            path: KernelSettings.file(of: host.account.name), content: Array(KernelSettings(values).text.utf8),
            mode: 0o644, owner: 0)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let (wanted, file) = (wanted, file)
        return try await onDisk { () throws(SystemCallError) in
            try [file.detailedDifference()].compactMap(\.self) + Self.differing(wanted).map(\.difference)
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let (wanted, file) = (wanted, file)
        let differing = try await onDisk { () throws(SystemCallError) in try Self.differing(wanted) }
        let values = Dictionary(uniqueKeysWithValues: differing.map { ($0.setting.name, $0.value) })
        // What the kernel does not take is not written down for each boot either.
        if !values.isEmpty {
            try await asRoot { () throws(PrivilegedError) in try await host.helper.set(KernelSettings(values)) }
        }
        let isWritten = try await onDisk { () throws(SystemCallError) in try file.difference() == nil }
        guard !isWritten else { return }
        try await asRoot { () throws(PrivilegedError) in
            try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let wanted = wanted
        let before = OwnedThing.settingsBefore(context.owned)
        let settings = try await onDisk { () throws(SystemCallError) in
            var settings: [OwnedThing] = []
            for (setting, value) in wanted.sorted(by: { $0.key.name < $1.key.name }) {
                guard let now = try setting.current() else { continue }
                settings.append(.setting(setting.name, value, before: before[setting.name] ?? now))
            }
            return settings
        }
        return try await Ownership.look([file.owned] + settings, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .file: thing.name == file.path
        case .setting: wanted.keys.contains { $0.name == thing.name }
        default: false
        }
    }

    /// The settings that are not as wanted.
    private static func differing(
        _ wanted: [KernelSetting: String]
    ) throws(SystemCallError) -> [(setting: KernelSetting, value: String, difference: Difference)] {
        var found: [(KernelSetting, String, Difference)] = []
        for (setting, value) in wanted.sorted(by: { $0.key.name < $1.key.name }) {
            let value = KernelSetting.plain(value)
            let now = try setting.current()
            if now != value {
                found.append((setting, value, Difference(setting.name, found: now ?? "unknown here", wanted: value)))
            }
        }
        return found
    }
}
