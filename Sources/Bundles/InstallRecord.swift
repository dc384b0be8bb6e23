import Archives
import Digests
internal import JSON
public import Platform

/// What was unpacked and from where; beside it lies the listing of how each thing then lay on the disk.
///
/// Together they are enough to see drift without a network. The listing is written first: without a record, what is there
/// counts as half done.
public struct InstallRecord: Sendable, Codable, Equatable {
    /// The format of this file.
    private var schemaVersion = Self.format
    /// Digest of the archive, in hexadecimal digits.
    public let archiveDigest: String
    /// Where it came from, without query.
    public let url: String
    /// How it was verified: `required`, `sidecar` or `none`.
    public let verification: String
    /// What named it as the newest archive, without query; nil when nothing did.
    public let manifest: String?
    /// The version it was installed as.
    public let version: String
    /// When, in RFC 3339.
    public let installedAt: String
    /// How many entries the listing has.
    private var entries = 0
    /// What all its files have, in bytes.
    private(set) var bytes: Int64 = 0
    /// Where the listing lies.
    private var listing = TreeListing(path: "")

    private static let format = 2

    enum CodingKeys: String, CodingKey {
        case url, verification, manifest, version, entries, bytes
        case schemaVersion = "schema_version"
        case archiveDigest = "archive_digest"
        case installedAt = "installed_at"
    }

    /// Describes what came of an archive.
    init(_ archive: FetchedArchive, version: String) {
        archiveDigest = archive.digest.hex
        url = archive.url
        verification = archive.verification
        manifest = archive.manifest
        self.version = version
        installedAt = Timestamp.now().rfc3339
    }

    /// Its version is this one or a newer one.
    public func isAtLeast(_ minimum: String) -> Bool { VersionOrder(version) >= VersionOrder(minimum) }

    /// Reads a record; nil when there is none or it is of no use, which costs a new installation.
    ///
    /// Blocks.
    public static func read(_ path: String) -> InstallRecord? { read(path, listing: listingPath(path)) }

    static func read(_ path: String, listing: String) -> InstallRecord? {
        guard let bytes = (try? Files.readIfPresent(path)) ?? nil,
            var record = try? InstallRecord(json: bytes),
            record.schemaVersion == format
        else { return nil }
        record.listing = TreeListing(path: listing)
        return record
    }

    /// Writes it, with a copy of the listing beside it.
    ///
    /// Blocks. `modes` are the permission bits that were given since the listing was made, by path.
    mutating func write(
        _ path: String, _ staged: TreeListing, modes: [PathBytes: UInt32] = [:]
    ) throws(SystemCallError) {
        try Folders.make(Files.folder(of: path))
        // What describes another tree must not stand beside the new listing.
        try Files.remove(path)
        try Files.remove(Self.departing(path))
        listing = TreeListing(path: Self.listingPath(path))
        let fresh = "\(listing.path).new"
        (entries, bytes) = try staged.copy(to: fresh, modes: modes)
        try Files.rename(fresh, to: listing.path)
        try Files.replace(path, with: json(), mode: 0o644)
    }

    /// Removes a record with its listing.
    ///
    /// Blocks. The record goes first: without it, what it describes counts as not installed.
    public static func remove(_ path: String) throws(SystemCallError) {
        try Files.remove(path)
        try Files.remove(departing(path))
        try Files.remove(listingPath(path))
        try Files.synchronizeFolder(Files.folder(of: path))
    }

    /// Reads what was installed, one entry after the other.
    func listingReader() throws(SystemCallError) -> TreeListing.Reader { try listing.reader() }

    /// `VERSION.mtree` beside `VERSION.json`.
    static func listingPath(_ record: String) -> String {
        "\(record.hasSuffix(".json") ? String(record.dropLast(5)) : record).mtree"
    }

    /// The first thing that is no longer as it was installed, in words; nil when all is.
    ///
    /// Blocks.
    ///
    /// Sizes, modes and times are compared; a file is read only when its time alone differs. What was added beside is
    /// nobody's business here.
    public func drift(in folder: String, only paths: Set<String>? = nil) throws(SystemCallError) -> String? {
        guard try FileStatus.of(listing.path) != nil else { return "the listing of what was installed is missing" }
        let paths = paths.map { Set($0.map { PathBytes($0) }) }
        var reader = try listing.reader()
        while let entry = try reader.next() {
            guard paths?.contains(entry.path) ?? true else { continue }
            if let drift = try entry.drift(in: folder) { return drift }
        }
        return reader.isDamaged || reader.count != entries ? "the listing of what was installed is damaged" : nil
    }
}

extension UnpackedEntry {
    fileprivate func drift(in folder: String) throws(SystemCallError) -> String? {
        let full = PathBytes(folder).appending(self.path), path = path.shown
        guard let status = try FileStatus.of(full) else { return "\(try missing(in: folder).shown) is missing" }
        switch (kind, status.kind) {
        case (.link(let target), .link): return try Files.linkTarget(full) == target ? nil : "\(path) points elsewhere"
        case (.folder, .folder): return status.mode == mode ? nil : "\(path) has another mode"
        case (.file(let size, let digest), .file):
            guard status.mode == mode else { return "\(path) has another mode" }
            guard status.size == size else { return "\(path) has another length" }
            if status.modified != modified, try FileDigest.of(full) != digest { return "\(path) has other content" }
            return nil
        default: return "\(path) is a \(status.kind.rawValue)"
        }
    }

    /// The outermost of what is missing.
    private func missing(in folder: String) throws(SystemCallError) -> PathBytes {
        var parts = path.parts
        while parts.count > 1 {
            if try FileStatus.of(PathBytes(folder).appending(.joined(parts.dropLast()))) != nil { break }
            parts.removeLast()
        }
        return .joined(parts)
    }
}
