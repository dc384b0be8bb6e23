/// A user as it is to be made when there is none of that name.
public struct HostUser: Sendable, Codable, Equatable {
    /// The name.
    public let name: String
    /// Its number; nil: the next that is free.
    public var uid: UInt32?
    /// It has a number among those of the system, and no home folder unless one is named.
    public var isSystem = false
    /// Absolute path of its home; nil: `/home/NAME`.
    public var home: String?
    /// Absolute path of what it is logged in with; nil: /bin/bash, or nothing for a user of the system's.
    public var shell: String?
    /// It gets numbers of its own by the config, and not those that useradd(8) would give it.
    public var hasSubordinates = false

    /// Makes one with a name alone.
    public init(_ name: String) { self.name = name }

    /// What a user has that may be changed later.
    public enum Attribute: String, Sendable, Codable, CaseIterable {
        case home, shell

        /// Its place in passwd(5).
        private var field: Int { self == .home ? 5 : 6 }

        /// What a user has of it now; nil when there is no such user.
        ///
        /// Blocks.
        public func current(of user: String) throws(SystemCallError) -> String? {
            guard let fields = try AccountFiles.fields("/etc/passwd", of: user), fields.count > 6 else { return nil }
            return String(fields[field])
        }
    }

    /// The user's number on this host; nil when there is no such user.
    ///
    /// Blocks.
    public static func number(of user: String) throws(SystemCallError) -> UInt32? {
        try AccountFiles.fields("/etc/passwd", of: user)?.dropFirst(2).first.flatMap { UInt32($0) }
    }
}
