public import Platform

/// How often a host looks at itself and at its hub, and what it does about what it finds.
public struct ScheduleSettings: Sendable, Equatable {
    /// What becomes of a difference.
    public enum Mode: String, Sendable, CaseIterable {
        /// It is told.
        case report
        /// It is mended, by the config that is fetched or, when none can be, by the one in force.
        case repair
    }

    /// Minutes from one look to the next, from 1 to 10,080, a week.
    public let everyMinutes: Int
    /// What becomes of a difference.
    public let mode: Mode
    /// Where the host's config is fetched from; nil: from nowhere.
    public let source: WebAddress?
    /// It is not the hub's own: what the hub has for the host says nothing about it.
    public let isElsewhere: Bool
    /// When it may be repaired; at any time when there are none.
    public var windows: [RepairWindow] = []
    /// The units that it makes.
    public static let service = "host-bootstrap-pull.service", timer = "host-bootstrap-pull.timer"

    /// ``everyMinutes`` in seconds.
    public var everySeconds: Int { everyMinutes * 60 }

    /// When the next window opens, such as `sat 02:00`; nil when one is open, or there are none.
    public func nextWindow(after time: LocalTime) -> String? {
        RepairWindow.next(of: windows, after: time)
    }
}

extension ScheduleSettings {
    /// Reads `schedule`; a hub that serves this host's config needs no address of it.
    static func read(_ field: Field, hub: HubEndpoint?) -> ScheduleSettings? {
        guard let fields = field.fields(["every_minutes", "mode", "windows", "config_url"]) else { return nil }
        let minutes = fields.required("every_minutes")?.integer(1...10_080)
        let mode = fields["mode"]?.choice(Mode.self)
        let source = fields["config_url"]?.address(.download)
        let windows = fields["windows"]?.elements("windows", minimum: 1)?.compactMap {
            RepairWindow.read($0, every: minutes)
        }
        if windows != nil, mode != .repair {
            fields.contradiction(at: fields["windows"], "they are for repairs, and \"mode\" is not \"repair\"")
        }
        guard let minutes else { return nil }
        let ofHub = hub?.servedConfig
        return ScheduleSettings(
            everyMinutes: minutes, mode: mode ?? .report, source: source ?? ofHub,
            isElsewhere: source != nil && source?.text != ofHub?.text, windows: windows ?? [])
    }
}

extension HubEndpoint {
    /// Where a hub that takes reports at this address serves the host's config; nil when the address is not laid out as the
    /// hub's own are, `…/api/v1/hosts/ID/status`.
    var servedConfig: WebAddress? {
        let parts = url.text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 8, parts.suffix(5).dropLast(2) == ["api", "v1", "hosts"], parts.last == "status" else {
            return nil
        }
        let (base, host) = (parts.dropLast(5).joined(separator: "/"), parts[parts.count - 2])
        return try? WebAddress("\(base)/bootstrap/\(host)/config.json")
    }

    /// Where the same hub has a secret for the host; nil as above.
    public func address(ofSecret name: String) -> WebAddress? {
        guard servedConfig != nil else { return nil }
        return try? WebAddress("\(url.text.dropLast("status".count))secrets/\(name)", for: .report)
    }

    /// Where the same hub takes what a host's looks at itself find; nil as above.
    public var checkIns: WebAddress? {
        guard servedConfig != nil else { return nil }
        return try? WebAddress("\(url.text.dropLast("status".count))check-in", for: .report)
    }
}
