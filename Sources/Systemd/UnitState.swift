/// What systemd says of a unit.
public struct UnitState: Sendable, Equatable, Codable {
    /// `loaded`, `not-found`, `bad-setting`, `error`, `masked`.
    public let load: String
    /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
    public let active: String
    /// The state within that, such as `running` or `auto-restart`.
    public let sub: String
    /// `enabled`, `disabled`, `static`; empty when there is no unit file.
    public let file: String
    /// The unit file on disk is newer than what systemd has loaded.
    public let needsReload: Bool
    /// How often systemd restarted the service by itself; 0 for other kinds of unit.
    public let restarts: UInt32
    /// When it last became active, in microseconds since 1970; 0 when it never did.
    public let activeSince: UInt64

    /// It runs, or is mounted, and did not just die.
    public var isActive: Bool { active == "active" }
}
