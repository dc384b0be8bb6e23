internal import Glibc

/// A user of this machine.
public struct Account: Sendable, Equatable {
    /// Login name.
    public let name: String
    /// User and primary group numbers.
    public let user: UInt32, group: UInt32
    /// Home folder.
    public let home: String

    /// The number of the user whose rights this process has.
    public static var currentUser: UInt32 { geteuid() }

    /// The number of the user who started this process.
    public static var realUser: UInt32 { getuid() }

    /// Looks a user up by name or number with getent(1), which asks every source the host has; nil when unknown.
    public static func lookUp(_ nameOrNumber: String) async throws(SystemCallError) -> Account? {
        let result = try await Subprocess.run(
            Command("/usr/bin/getent", ["passwd", "--", nameOrNumber]), timeout: .seconds(20))
        guard result.succeeded, let line = result.output.byteLines.first else { return nil }
        let fields = line.parts(at: ":")
        guard fields.count >= 7, let user = UInt32(fields[2]), let group = UInt32(fields[3]) else { return nil }
        return Account(name: String(fields[0]), user: user, group: group, home: String(fields[5]))
    }
}

extension Explanation {
    /// Nobody on this host has that name.
    public static func noUser(_ name: String) -> Explanation {
        Explanation(
            "there is no such user", at: name,
            hint: "getent passwd '\(name)'; add the user (useradd), or correct the name in the config")
    }
}
