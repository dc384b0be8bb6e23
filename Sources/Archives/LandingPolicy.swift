import Platform

/// What entry may land where.
///
/// Pure: the kernel enforces the same once more when files are opened.
struct LandingPolicy {
    let archive: String
    /// How many leading parts of each path to drop.
    let strip: Int
    static let longestPart = 255
    static let longestPath = 4096
    static let deepest = 64

    /// The parts of an entry's path below the folder; empty for the top folder itself.
    func parts(of entry: ArchiveEntry) throws(ArchiveError) -> [String] {
        if entry.kind == .special { throw refuse(entry, "it is a device, fifo or socket") }
        let parts = try parts(entry.path, entry)
        return Array(parts.dropFirst(strip))
    }

    /// The name of an entry that lies right below a path, given as the archive wrote it, up to its last slash.
    ///
    /// Nil when it lies elsewhere, or when its name needs a closer look.
    func name(of entry: ArchiveEntry, below raw: String) -> String? {
        guard entry.kind != .special, entry.path.utf8.count <= Self.longestPath, entry.path.hasPrefix(raw) else {
            return nil
        }
        let name = entry.path.utf8.dropFirst(raw.utf8.count)
        guard !name.isEmpty, name.count <= Self.longestPart, !name.contains(UInt8(ascii: "/")) else { return nil }
        return name.first == UInt8(ascii: ".") ? nil : String(name)
    }

    /// The target of a symbolic link, which must stay below the folder wherever the link is.
    func checkLink(_ target: String, from parts: [String], _ entry: ArchiveEntry) throws(ArchiveError) {
        if let reason = LinkRule.trouble(target, depth: parts.count - 1) { throw refuse(entry, reason) }
    }

    /// The parts of a hard link's target.
    func hardLinkTarget(_ target: String, _ entry: ArchiveEntry) throws(ArchiveError) -> [String] {
        let parts = Array(try parts(target, entry).dropFirst(strip))
        if parts.isEmpty { throw refuse(entry, "it links to the top folder") }
        return parts
    }

    func refuse(_ entry: ArchiveEntry, _ reason: String) -> ArchiveError {
        .refused(path: archive, entry: entry.path, reason: reason)
    }

    private func parts(_ path: String, _ entry: ArchiveEntry) throws(ArchiveError) -> [String] {
        if path.isEmpty { throw refuse(entry, "its name is empty") }
        if path.hasPrefix("/") { throw refuse(entry, "its path is absolute") }
        if path.utf8.count > Self.longestPath { throw refuse(entry, "its path is too long") }
        if path.utf8.contains(0) { throw refuse(entry, "its name holds a NUL") }
        let parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        if parts.contains("..") { throw refuse(entry, "its path leads upwards") }
        if parts.contains(where: { $0.utf8.count > Self.longestPart }) {
            throw refuse(entry, "a part of its path is too long")
        }
        if parts.count > Self.deepest { throw refuse(entry, "it lies too deep") }
        return parts
    }
}

/// Where symbolic links may point.
public enum LinkRule {
    /// Why a link so many folders below the top may not point there; nil when it stays below it, wherever other links lead.
    public static func trouble(_ target: String, depth: Int) -> String? {
        if target.isEmpty || target.utf8.count > LandingPolicy.longestPath { return "its target is empty or too long" }
        if target.hasPrefix("/") { return "it points to an absolute path, \(target)" }
        var depth = depth
        var wentDown = false
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                // Behind a name, which may itself be a link, ".." could lead anywhere.
                if wentDown { return "it points through \(target)" }
                depth -= 1
            } else {
                wentDown = true
            }
            if depth < 0 { return "it points outside, to \(target)" }
        }
        return nil
    }
}
