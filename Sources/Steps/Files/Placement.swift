import Engine
import Platform

/// Of which kind something must be, whose, and with which mode.
struct Placement: Sendable {
    let path: String
    let kind: FileStatus.Kind
    let mode: UInt32
    let user: UInt32

    /// How what is there differs; nil when it does not.
    ///
    /// Blocks. A folder may be a link to one on a larger disk.
    func difference() throws(SystemCallError) -> Difference? {
        let name = kind.rawValue
        guard let status = try FileStatus.of(path, followingLink: kind == .folder) else {
            return Difference(path, found: "absent", wanted: "\(name) \(octal(mode))")
        }
        guard status.kind == kind else { return Difference(path, found: status.kind.rawValue, wanted: name) }
        guard status.owner == user else {
            return Difference(path, found: "owner \(status.owner)", wanted: "owner \(user)")
        }
        return status.mode == mode ? nil : Difference(path, found: octal(status.mode), wanted: octal(mode))
    }

    /// Gives a folder its kind and mode: what is in its place is moved aside, never removed.
    ///
    /// Blocks. Whose it is only root could change.
    func mend() throws(SystemCallError) {
        if let status = try FileStatus.of(path, followingLink: true) {
            if status.kind != .folder { try Files.moveAside(path) }
        } else if try FileStatus.of(path) != nil {
            // A link that leads nowhere.
            try Files.moveAside(path)
        }
        try Folders.make(path, mode: mode)
        if try FileStatus.of(path, followingLink: true)?.mode != mode { try Files.setMode(path, mode) }
    }

    /// What is there and is not to become ours; nil when nothing is in the way.
    ///
    /// Blocks.
    func obstacle() throws(SystemCallError) -> Explanation? {
        guard let status = try FileStatus.of(path, followingLink: kind == .folder) else { return nil }
        if status.kind != kind {
            return Explanation(
                "is no \(kind.rawValue) but a \(status.kind.rawValue)", at: path, hint: "move it away, then run again")
        }
        return try foreignOwner()
    }

    /// That it is another user's, which only root could change.
    ///
    /// Blocks.
    func foreignOwner() throws(SystemCallError) -> Explanation? {
        guard let status = try FileStatus.of(path, followingLink: kind == .folder), status.kind == kind else {
            return nil
        }
        return status.owner == user ? nil : Self.foreign(path, user)
    }

    /// What only root can give to its user.
    static func foreign(_ path: String, _ user: UInt32) -> Explanation {
        Explanation(
            "is not the bootstrap user's", at: path,
            hint: "if it may be given away: sudo chown \(user) \(ShellWord.plain(path)); else move it away")
    }
}
