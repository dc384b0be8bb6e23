public import Platform

/// What entry may land where.
///
/// Pure: the kernel enforces the same once more when files are opened.
struct ExtractionPolicy {
    let archive: String
    /// How many leading parts of each path to drop.
    let strip: Int
    static let longestPart = 255
    static let longestPath = 4096
    static let deepest = 64

    /// The parts of an entry's path below the folder; empty for the top folder itself.
    func parts(of entry: ArchiveEntry) throws(ArchiveError) -> [PathBytes] {
        if entry.kind == .special { throw refuse(entry, "it is a device, fifo or socket") }
        let parts = try parts(entry.path, entry)
        return Array(parts.dropFirst(strip))
    }

    /// The name of an entry that lies right below a path, given as the archive wrote it, up to its last slash.
    ///
    /// Nil when it lies elsewhere, or when its name needs a closer look.
    func name(of entry: ArchiveEntry, below raw: ArraySlice<UInt8>) -> PathBytes? {
        let bytes = entry.path.bytes
        guard entry.kind != .special, bytes.count <= Self.longestPath, bytes.starts(with: raw) else { return nil }
        let name = bytes.dropFirst(raw.count)
        guard !name.isEmpty, name.count <= Self.longestPart, !name.contains(UInt8(ascii: "/")) else { return nil }
        return name.first == UInt8(ascii: ".") ? nil : PathBytes(name)
    }

    /// The target of a symbolic link, which must stay below the folder wherever the link is.
    func checkLink(_ target: PathBytes, from parts: [PathBytes], _ entry: ArchiveEntry) throws(ArchiveError) {
        if let reason = LinkRule.trouble(target, depth: parts.count - 1) { throw refuse(entry, reason) }
    }

    /// The parts of a hard link's target.
    func hardLinkTarget(_ target: PathBytes, _ entry: ArchiveEntry) throws(ArchiveError) -> [PathBytes] {
        let parts = Array(try parts(target, entry).dropFirst(strip))
        if parts.isEmpty { throw refuse(entry, "it links to the top folder") }
        return parts
    }

    func refuse(_ entry: ArchiveEntry, _ reason: String) -> ArchiveError {
        .refused(path: archive, entry: entry.path.shown, reason: reason)
    }

    private func parts(_ path: PathBytes, _ entry: ArchiveEntry) throws(ArchiveError) -> [PathBytes] {
        if path.bytes.isEmpty { throw refuse(entry, "its name is empty") }
        if path.isAbsolute { throw refuse(entry, "its path is absolute") }
        if path.bytes.count > Self.longestPath { throw refuse(entry, "its path is too long") }
        let parts = path.parts.filter { $0 != "." }
        if parts.contains("..") { throw refuse(entry, "its path leads upwards") }
        if parts.contains(where: { $0.bytes.count > Self.longestPart }) {
            throw refuse(entry, "a part of its path is too long")
        }
        if parts.count > Self.deepest { throw refuse(entry, "it lies too deep") }
        return parts
    }
}

/// Where symbolic links may point.
public enum LinkRule {
    /// Why a link so many folders below the top may not point there; nil when it stays below it, wherever other links lead.
    public static func trouble(_ target: PathBytes, depth: Int) -> String? {
        if target.bytes.isEmpty || target.bytes.count > ExtractionPolicy.longestPath {
            return "its target is empty or too long"
        }
        if target.isAbsolute { return "it points to an absolute path, \(target.shown)" }
        var depth = depth
        var wentDown = false
        for part in target.parts where part != "." {
            if part == ".." {
                // Behind a name, which may itself be a link, ".." could lead anywhere.
                if wentDown { return "it points through \(target.shown)" }
                depth -= 1
            } else {
                wentDown = true
            }
            if depth < 0 { return "it points outside, to \(target.shown)" }
        }
        return nil
    }
}
