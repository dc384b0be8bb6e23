import Archives
import Digests
internal import FoundationEssentials
public import Platform

/// What was unpacked, from where, and how each thing then lay on the disk: enough to see drift without a network.
public struct InstallRecord: Sendable, Codable, Equatable {
    /// One thing as it was installed.
    struct Entry: Sendable, Codable, Equatable {
        let path: String
        /// `file`, `folder` or `link`.
        var kind: String
        let mode: UInt32
        var size: Int64?
        var modified: Int64?
        var sha256: String?
        var target: String?
    }

    /// The format of this file.
    var schemaVersion = 1
    /// Digest of the archive, in hexadecimal digits.
    public let archiveDigest: String
    /// Where it came from, without query.
    public let url: String
    /// How it was verified: `required`, `sidecar` or `none`.
    public let verification: String
    /// The version it was installed as.
    public let version: String
    /// When, in RFC 3339.
    public let installedAt: String
    let entries: [Entry]

    enum CodingKeys: String, CodingKey {
        case url, verification, version, entries
        case schemaVersion = "schema_version"
        case archiveDigest = "archive_digest"
        case installedAt = "installed_at"
    }

    /// Looks at an unpacked tree once, to know it again.
    ///
    /// Blocks.
    init(
        _ listing: [UnpackedEntry], in folder: String, archive: FetchedArchive, version: String
    ) throws(SystemCallError) {
        archiveDigest = archive.digest.hex
        url = archive.url
        verification = archive.verification
        self.version = version
        installedAt = Timestamp.now().rfc3339
        var entries: [Entry] = []
        for unpacked in listing {
            var entry = Entry(path: unpacked.path, kind: "folder", mode: unpacked.mode)
            switch unpacked.kind {
            case .file(let size, let digest):
                entry.kind = "file"
                entry.size = size
                entry.modified = unpacked.modified
                if entry.modified == nil {
                    entry.modified = try FileStatus.of("\(folder)/\(unpacked.path)")?.modified
                }
                entry.sha256 = digest.hex
            case .link(let target):
                entry.kind = "link"
                entry.target = target
            case .folder: break
            }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// Reads a record; nil when there is none or it is of no use, which costs a new installation.
    ///
    /// Blocks.
    public static func read(_ path: String) -> InstallRecord? {
        guard let bytes = (try? Files.readIfPresent(path)) ?? nil else { return nil }
        return try? JSONDecoder().decode(InstallRecord.self, from: Data(bytes))
    }

    /// Writes it.
    ///
    /// Blocks.
    func write(_ path: String) throws(SystemCallError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers: there is nothing that can fail to encode.
        try Files.replace(path, with: Array((try? encoder.encode(self)) ?? Data()), mode: 0o644)
    }

    /// The first thing that is no longer as it was installed, in words; nil when all is.
    ///
    /// Blocks.
    ///
    /// Sizes, modes and times are compared; a file is read only when its time alone differs. What was added beside is
    /// nobody's business here.
    public func drift(in folder: String, only paths: Set<String>? = nil) throws(SystemCallError) -> String? {
        for entry in entries where paths?.contains(entry.path) ?? true {
            let path = "\(folder)/\(entry.path)"
            guard let status = try FileStatus.of(path) else { return "\(entry.path) is missing" }
            guard status.kind.rawValue == entry.kind else { return "\(entry.path) is a \(status.kind.rawValue)" }
            if entry.kind == "link" {
                guard try Files.linkTarget(path) == entry.target else { return "\(entry.path) points elsewhere" }
                continue
            }
            guard status.mode == entry.mode else { return "\(entry.path) has another mode" }
            guard entry.kind == "file" else { continue }
            guard status.size == entry.size else { return "\(entry.path) has another length" }
            if status.modified != entry.modified, try FileDigest.of(path).hex != entry.sha256 {
                return "\(entry.path) has other content"
            }
        }
        return nil
    }
}
