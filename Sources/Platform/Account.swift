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

    /// Looks a user up by name or number in every source the host has; nil when unknown.
    public static func lookUp(_ nameOrNumber: String) async throws(SystemCallError) -> Account? {
        let fields = try await entry(of: nameOrNumber, in: "passwd")
        guard fields.count >= 7, let user = UInt32(fields[2]), let group = UInt32(fields[3]) else { return nil }
        return Account(name: String(fields[0]), user: user, group: group, home: String(fields[5]))
    }

    /// The number of a group, looked up in the same way; nil when unknown.
    public static func group(_ name: String) async throws(SystemCallError) -> UInt32? {
        let fields = try await entry(of: name, in: "group")
        return fields.count >= 3 ? UInt32(fields[2]) : nil
    }

    /// The fields of what is known by a name or number; none when nothing is.
    ///
    /// What the host's own file says comes first on all but a few hosts, and needs no getent(1), which asks all else.
    private static func entry(of name: String, in database: String) async throws(SystemCallError) -> [Substring] {
        let own = await onOwnThread { () throws(Never) in LocalAccounts(database: database)?.fields(of: name) }
        if let own { return own }
        let result = try await Subprocess.run(
            Command("/usr/bin/getent", [database, "--", name]), timeout: .seconds(20))
        return result.succeeded ? result.output.byteLines.first?.parts(at: ":") ?? [] : []
    }
}

extension Explanation {
    /// Nobody on this host has that name.
    public static func noUser(_ name: String) -> Explanation {
        Explanation(
            "there is no such user", at: name,
            hint: "correct the name in the config, or add the user: sudo useradd --create-home \(ShellWord.plain(name))"
        )
    }
}
