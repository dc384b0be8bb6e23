/// What somebody says of a first config; what is nil is found out or has a default.
public struct InitOptions: Sendable {
    /// The project's folder, which becomes the bundle; nil: the config is of a host alone.
    public var folder: String?
    /// Where config and bundle go; nil: beside the project's folder, or here.
    public var into: String?
    /// The bundle's name and version.
    public var name: String?, version: String?
    /// What starts the program.
    public var start: String?
    /// An address that answers well when the program does.
    public var health: String?
    /// The exact version of Node.
    public var node: String?
    /// The host's id; nil: this machine's name, or `host-1` where a hub serves the config.
    public var host: String?
    /// The hub's address, as in `https://hub.example.org`; nil: no hub.
    public var hub: String?
    /// The bootstrap user.
    public let user: String
    /// That user's home folder on this machine; nil: there is no such user here.
    public let home: String?

    /// InitOptions nothing but a user.
    public init(user: String, home: String?) {
        self.user = user
        self.home = home
    }
}
