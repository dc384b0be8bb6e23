/// One thing that a host knows of a user: that there is one, a group, who is in it, whose numbers are whose.
public enum AccountFacet: Sendable, Codable, Hashable {
    /// A group of this name.
    case group(String)
    /// A user of this name.
    case user(String)
    /// A user is in a group.
    case member(String, of: String)
    /// A user may give these numbers to the users, or to the groups, of its containers: subuid(5), subgid(5).
    case subordinates(String, SubordinateRange, SubordinateKind)
    /// A user's own units run without a log-in: loginctl(1).
    case linger(String)

    /// Users or groups.
    public enum SubordinateKind: String, Sendable, Codable, CaseIterable {
        case subuid, subgid
    }

    /// In a few words, which ``init(_:)`` reads.
    public var text: String {
        switch self {
        case .group(let group): "group \(group)"
        case .user(let user): "user \(user)"
        case .member(let user, let group): "user \(user) in \(group)"
        case .subordinates(let user, let range, let kind): "user \(user) \(kind.rawValue) \(range)"
        case .linger(let user): "user \(user) linger"
        }
    }

    /// Reads ``text``; nil for anything else.
    public init?(_ text: String) {
        let words = text.parts(at: " ").map(String.init)
        switch (words.count, words.first, words.dropFirst(2).first) {
        case (2, "group", _): self = .group(words[1])
        case (2, "user", _): self = .user(words[1])
        case (3, "user", "linger"): self = .linger(words[1])
        case (4, "user", "in"): self = .member(words[1], of: words[3])
        case (4, "user", let kind?):
            guard let kind = SubordinateKind(rawValue: kind), let range = SubordinateRange(words[3]) else { return nil }
            self = .subordinates(words[1], range, kind)
        default: return nil
        }
    }

    /// The host has it.
    ///
    /// Blocks. Users and groups that only a directory service knows are not seen.
    public func isThere() throws(SystemCallError) -> Bool {
        switch self {
        case .group(let group): return try AccountFiles.fields("/etc/group", of: group) != nil
        case .user(let user): return try AccountFiles.fields("/etc/passwd", of: user) != nil
        case .member(let user, let group):
            guard let fields = try AccountFiles.fields("/etc/group", of: group), fields.count > 3 else { return false }
            if fields[3].parts(at: ",").contains(where: { $0.hasSameBytes(as: user) }) { return true }
            return try AccountFiles.fields("/etc/passwd", of: user)?.dropFirst(3).first == fields[2]
        case .subordinates(let user, let range, let kind):
            return try AccountFiles.lines("/etc/\(kind.rawValue)").contains { $0.hasSameBytes(as: "\(user):\(range)") }
        case .linger(let user): return try FileStatus.of("/var/lib/systemd/linger/\(user)") != nil
        }
    }
}

/// Numbers in a row, written `START:COUNT`.
public struct SubordinateRange: Sendable, Codable, Hashable, CustomStringConvertible {
    /// The first, and how many.
    public let start: UInt32, count: UInt32

    /// Reads `START:COUNT`; nil for anything else, for none, and for what reaches beyond 32 bits or begins with root.
    public init?(_ text: String) {
        let parts = text.parts(at: ":")
        guard parts.count == 2, parts.allSatisfy({ $0.isDecimal && !$0.hasPrefix("0") }),
            let start = UInt32(parts[0]), let count = UInt32(parts[1]), start <= UInt32.max - count
        else { return nil }
        (self.start, self.count) = (start, count)
    }

    /// `START:COUNT`.
    public var description: String { "\(start):\(count)" }

    /// The last of them.
    public var end: UInt32 { start + count - 1 }
}

/// passwd(5), group(5) and their like, which anybody may read.
enum AccountFiles {
    static func lines(_ path: String) throws(SystemCallError) -> [Substring] { (try Files.text(path) ?? "").byteLines }

    /// The fields of the line that begins with this name; nil when there is none.
    static func fields(_ path: String, of name: String) throws(SystemCallError) -> [Substring]? {
        try lines(path).first { $0.hasFirstBytes("\(name):") }?.parts(at: ":")
    }
}
