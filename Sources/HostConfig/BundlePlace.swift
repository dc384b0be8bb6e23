internal import JSON
internal import Platform

/// Where a config says which archive a bundle is: the few bytes of it that a new version changes.
public struct BundlePlace: Sendable {
    /// The archive that takes the place of the one before.
    public struct Archive: Sendable {
        let name: String, digest: String, size: Int64, version: String

        /// A file's name, SHA-256 in hexadecimal digits and length in bytes, and the bundle's version.
        public init(name: String, digest: String, size: Int64, version: String) {
            (self.name, self.digest, self.size, self.version) = (name, digest, size, version)
        }
    }

    /// The architecture that it is for; nil: all.
    public let architecture: String?
    /// The address as it is.
    public let address: String
    private let url: Range<Int>, checksum: Range<Int>
    private let size: Range<Int>?, version: Range<Int>?

    /// Finds the places of an entry of `bundles` in a config that was read well: one, or one for each architecture.
    ///
    /// Nil where the entry is not there, or where more would have to change than address, digest, length and version.
    public static func all(of name: String, in source: [UInt8]) -> [BundlePlace]? {
        guard let node = try? JSONNode(source), let entry = node["bundles"]?[name] else { return nil }
        guard let each = entry["architectures"] else { return BundlePlace(entry, nil, entry, source).map { [$0] } }
        guard case .object(let members) = each.kind, entry["version"] == nil, entry["url"] == nil else { return nil }
        let places = members.compactMap { BundlePlace($0.value, $0.name, entry, source) }
        return places.count == members.count ? places : nil
    }

    private init?(_ place: JSONNode, _ architecture: String?, _ settings: JSONNode, _ source: [UInt8]) {
        guard let url = place["url"], let address = url.text, let checksum = place["checksum"], checksum.text != nil,
            ["delta", "mirrors"].allSatisfy({ place[$0] == nil && settings[$0] == nil }),
            !address.utf8.contains(UInt8(ascii: "?")), address.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        self.architecture = architecture
        self.address = address
        self.url = url.extent(in: source)
        self.checksum = checksum.extent(in: source)
        size = place["size"]?.extent(in: source)
        version = place["version"]?.extent(in: source)
    }

    /// The config with other archives in these places; all its other bytes are as they were.
    public static func changed(_ source: [UInt8], _ changes: [(place: BundlePlace, archive: Archive)]) -> [UInt8] {
        let texts = changes.flatMap { $0.place.texts(for: $0.archive) }
        var result = source
        for (range, text) in texts.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(range, with: text)
        }
        return result
    }

    private func texts(for archive: Archive) -> [(range: Range<Int>, text: [UInt8])] {
        let base = String(address[...(address.utf8.lastIndex(of: UInt8(ascii: "/")) ?? address.startIndex)])
        let texts: [(Range<Int>?, [UInt8])] = [
            (url, JSONText.quoted(base + archive.name)), (checksum, JSONText.quoted(archive.digest)),
            (size, Array("\(archive.size)".utf8)), (version, JSONText.quoted(archive.version)),
        ]
        return texts.compactMap { range, text in range.map { ($0, text) } }
    }
}
