/// What systemd says of a unit.
public struct UnitState: Sendable, Equatable, Codable {
    /// `loaded`, `not-found`, `bad-setting`, `error`, `masked`.
    public internal(set) var load = "loaded"
    /// Why it could not be loaded, in systemd's words; empty when it was.
    public internal(set) var loadError = ""
    /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
    public internal(set) var active = "inactive"
    /// The state within that, such as `running` or `auto-restart`.
    public internal(set) var sub = "dead"
    /// `enabled`, `disabled`, `static`; empty when there is no unit file.
    public internal(set) var file = ""
    /// The unit file that systemd reads; empty when there is none.
    public internal(set) var fragment = ""
    /// The drop-ins that are in force.
    public internal(set) var dropIns: [String] = []
    /// The unit file or a drop-in on disk is newer than what systemd has loaded.
    public internal(set) var needsReload = false
    /// Names this start of the unit; empty when it was not started since systemd loaded it.
    public internal(set) var invocation = ""
    /// How often systemd restarted the service by itself; 0 for other kinds of unit.
    public internal(set) var restarts: UInt32 = 0
    /// `simple`, `oneshot`, `notify` and so on; empty for what is no service.
    public internal(set) var type = ""
    /// A service counts as active when its processes have ended.
    public internal(set) var remainsAfterExit = false
    /// How it ended last: `success`, `exit-code`, `timeout`, `start-limit-hit` and so on.
    public internal(set) var result = "success"
    /// How the main process ended, as waitid(2) has it in `si_code`: 1 by itself, 2 or 3 by a signal; 0 while it runs.
    public internal(set) var exitReason: Int32 = 0
    /// Its exit code, or the number of the signal.
    public internal(set) var exitStatus: Int32 = 0
    /// How long it may take to start and to stop, in microseconds; `UInt64.max` is without end.
    public internal(set) var startLimit: UInt64 = 0, stopLimit: UInt64 = 0
    /// `PIDFile=` and `BusName=` of a service; empty when there is none.
    public internal(set) var pidFile = "", busName = ""
    /// The conditions and assertions that did not hold when it was last to be started, as its unit file has them.
    public internal(set) var unmetConditions: [String] = [], unmetAssertions: [String] = []
    /// When it was last begun, in microseconds since 1970; 0 when it never was.
    public internal(set) var begunAt: UInt64 = 0
    /// The units that it starts by itself, as timers and sockets do; and those that start it so.
    public internal(set) var triggers: [String] = [], triggeredBy: [String] = []
    /// The units without which it is not started.
    public internal(set) var requirements: [String] = []

    init() {}

    /// A unit of a systemd that does not run: nobody has read its file, and it does nothing.
    public static var unread: UnitState {
        var state = UnitState()
        state.load = "not-found"
        return state
    }

    /// It runs, or is mounted, and did not just die.
    public var isActive: Bool { active == "active" }

    /// It may not be started at all.
    public var isMasked: Bool { load == "masked" }

    /// It is a service that does its work once and is inactive then.
    public var endsByItself: Bool { type == "oneshot" && !remainsAfterExit }
}

/// How starting a unit went.
public struct UnitStart: Sendable, Equatable, Codable {
    /// The unit when its job had ended.
    public let state: UnitState
    /// It was started; not so when a condition does not hold or a unit that it requires fails.
    public let hasBegun: Bool
    /// What its journal says of this start.
    public let journal: JournalSpan
}
