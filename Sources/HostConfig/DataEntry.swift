public import Digests
internal import JSON

/// A folder that is filled from an archive when its files are missing.
public struct DataEntry: Sendable, Equatable {
    /// What is done when neither a backup nor the archive can fill it.
    public enum OnFailure: String, Sendable, CaseIterable {
        /// The step fails.
        case fail
        /// The services start without, and a warning is told.
        case empty
    }

    /// What its step is called after `data-`.
    public let name: String
    /// Absolute path of the folder.
    public let path: String
    /// Where the archive is.
    public let url: WebAddress
    /// Names of the files that must be there, never paths.
    public let files: [String]
    /// The archive's digest; nil: what is published beside it.
    public internal(set) var digest: Digest?
    /// The archive's length in bytes; nil: unknown, or as what is published with its digest says.
    public internal(set) var size: Int?
    /// Where that is published; nil: `.sha256` beside the archive.
    public internal(set) var checksumURL: WebAddress?
    /// What the archive's server wants to see; nil: nothing.
    public internal(set) var authorization: Secret?
    /// What becomes of a failure.
    public internal(set) var onFailure = OnFailure.fail
    /// The services do not wait for it.
    public internal(set) var isInBackground = false
    /// How much the archive may unpack to, in bytes.
    public internal(set) var maxUnpackedBytes = 4096 << 20
}

extension DataEntry {
    /// Whether it can be one of ``files``: a name, and no path.
    public static func isFileName(_ text: String) -> Bool { NameRule.dataFile.admits(text) }

    static let fieldNames = [
        "name", "path", "url", "files", "checksum", "checksum_url", "authorization", "on_failure", "background",
        "max_unpacked_mb", "size",
    ]

    /// Reads the list; two entries may not have one name or one folder.
    static func readAll(_ field: Field) -> [DataEntry] {
        var entries: [DataEntry] = []
        for element in field.elements("data entries") ?? [] {
            guard let fields = element.fields(fieldNames, expected: "an object"), let entry = read(fields) else {
                continue
            }
            if entries.contains(where: { $0.name == entry.name }) {
                fields.contradiction(at: fields["name"], "another entry has that name")
            }
            if entries.contains(where: { ByteKey($0.path) == ByteKey(entry.path) }) {
                fields.contradiction(at: fields["path"], "another entry fills that folder")
            }
            entries.append(entry)
        }
        for entry in entries {
            guard let other = entries.first(where: { entry.path.lies(beneath: $0.path) }) else { continue }
            field.refuse(
                .contradiction,
                "the folder of \(entry.name) lies in that of \(other.name), which is filled as a whole")
        }
        return entries
    }

    private static func read(_ fields: Fields) -> DataEntry? {
        let name = fields.required("name")?.name(.dataEntry)
        let path = fields.required("path")?.placePath()
        let url = fields.required("url")?.address(.download)
        let files = fields.required("files")?.elements("names of files", minimum: 1)?.compactMap { $0.name(.dataFile) }
        let (digest, checksums) = (fields["checksum"]?.digest(), fields["checksum_url"]?.address(.download))
        let size = fields["size"]?.byteCount()
        let authorization = fields["authorization"]?.secret()
        let onFailure = fields["on_failure"]?.choice(OnFailure.self)
        let isInBackground = fields["background"]?.boolean()
        let megabytes = fields["max_unpacked_mb"]?.integer(1...1 << 20)
        if let field = fields["checksum_url"], fields["checksum"] != nil {
            fields.contradiction(at: field, "nothing is compared with it: there is a \"checksum\"")
        }
        guard let name, let path, let url, let files else { return nil }
        var entry = DataEntry(name: name, path: path, url: url, files: Array(files.uniqued))
        entry.digest = digest
        entry.size = size
        entry.checksumURL = checksums
        entry.authorization = authorization
        entry.onFailure = onFailure ?? .fail
        entry.isInBackground = isInBackground ?? false
        entry.maxUnpackedBytes = (megabytes ?? 4096) << 20
        return entry
    }
}

extension Array where Element: Hashable {
    /// Each element once, in its first place.
    fileprivate var uniqued: [Element] {
        var seen = Set<Element>()
        return filter { seen.insert($0).inserted }
    }
}
