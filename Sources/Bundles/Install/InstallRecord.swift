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
    private(set) var entries = 0
    /// What all its files have, in bytes.
    private(set) var bytes: Int64 = 0
    /// SHA-256 of the listing, in hexadecimal digits; nil in what older versions wrote.
    private(set) var listingDigest: String?
    /// What the whole file is held against.
    private var seal: String?
    /// Where the listing lies, and the record itself.
    private(set) var listing = TreeListing(path: ""), place = ""

    /// 3 since it knows its listing's digest, and carries its own.
    private static let format = 3, oldest = 2

    enum CodingKeys: String, CodingKey {
        case url, verification, manifest, version, entries, bytes
        case listingDigest = "listing_sha256"
        case seal = "file_checksum"
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
        // What leads elsewhere is none of ours, whatever it leads to.
        guard (try? FileStatus.of(path))??.kind == .file, let bytes = (try? Files.readIfPresent(path)) ?? nil,
            var record = try? InstallRecord(json: bytes)
        else { return nil }
        switch (record.schemaVersion, Seal.state(of: bytes)) {
        case (format, .whole), (oldest, .none): break
        default: return nil
        }
        record.listing = TreeListing(path: listing)
        record.place = path
        record.seal = nil
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
        listing = TreeListing(path: Self.listingPath(path))
        place = path
        // Whatever lies in their places: all of it is ours.
        for old in [path, Self.departing(path), listing.path, stamps] { try Folders.removeTree(old) }
        let fresh = "\(listing.path).new"
        (entries, bytes) = try staged.copy(to: fresh, modes: modes)
        try Files.setMode(fresh, 0o644)
        try Files.rename(fresh, to: listing.path)
        listingDigest = try FileDigest.of(listing.path).hex
        var sealed = self
        sealed.seal = Seal.blank
        try Files.replace(path, with: Seal.filled(sealed.json()), mode: 0o644)
    }

    /// Removes a record with its listing.
    ///
    /// Blocks. The record goes first: without it, what it describes counts as not installed.
    public static func remove(_ path: String) throws(SystemCallError) {
        try Files.remove(path)
        try Files.remove(departing(path))
        try Files.remove(listingPath(path))
        try Files.remove(stampsPath(path))
        try Files.synchronizeFolder(Files.folder(of: path))
    }

    /// Reads what was installed, one entry after the other.
    func listingReader() throws(SystemCallError) -> TreeListing.Reader { try listing.reader() }

    /// `VERSION.mtree` beside `VERSION.json`.
    static func listingPath(_ record: String) -> String { "\(stem(record)).mtree" }

    /// `VERSION.stamps` beside it: how the files lay when they were last seen to be right.
    static func stampsPath(_ record: String) -> String { "\(stem(record)).stamps" }

    var stamps: String { Self.stampsPath(place) }

    private static func stem(_ record: String) -> String {
        record.hasSuffix(".json") ? String(record.dropLast(5)) : record
    }
}
