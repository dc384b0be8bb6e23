internal import JSON
internal import Platform

/// Where a config says which archive a bundle is: the few bytes of it that a new version changes.
struct BundlePlace: Sendable {
    /// The address up to the archive's name.
    private let base: String
    private let url: Range<Int>, checksum: Range<Int>
    private let size: Range<Int>?, version: Range<Int>?

    /// Finds the entry of `bundles` in a config that was read well.
    init(of name: String, in source: [UInt8], _ path: String) throws(FirstConfigError) {
        let refusal = FirstConfigError.notUpdated(
            path: path, reason: "has no \(name) in \"bundles\" with \"url\" and \"checksum\" of its own",
            remedy:
                "put address and digest of a new bundle into it yourself: host-bootstrap bundle pack prints the digest")
        guard let node = try? JSONNode(source), let entry = node["bundles"]?[name], let url = entry["url"],
            let address = url.text, let checksum = entry["checksum"], checksum.text != nil, entry["delta"] == nil,
            entry["mirrors"] == nil, !address.utf8.contains(UInt8(ascii: "?")),
            let slash = address.utf8.lastIndex(of: UInt8(ascii: "/"))
        else { throw refusal }
        base = String(address[...slash])
        self.url = Self.extent(of: url, in: source)
        self.checksum = Self.extent(of: checksum, in: source)
        size = entry["size"].map { Self.extent(of: $0, in: source) }
        version = entry["version"].map { Self.extent(of: $0, in: source) }
    }

    /// The config with another archive; all its other bytes are as they were.
    func changed(
        _ source: [UInt8], archive: String, digest: String, size bytes: Int64, version name: String
    ) -> [UInt8] {
        let changes: [(Range<Int>?, [UInt8])] = [
            (url, Self.quoted(base + archive)), (checksum, Self.quoted(digest)), (size, Array("\(bytes)".utf8)),
            (version, Self.quoted(name)),
        ]
        var result = source
        let places = changes.compactMap { range, text in range.map { (range: $0, text: text) } }
        for (range, text) in places.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(range, with: text)
        }
        return result
    }

    /// The bytes of a string or number, quotes and all.
    private static func extent(of node: JSONNode, in source: [UInt8]) -> Range<Int> {
        var end = node.offset
        guard source[end] == UInt8(ascii: "\"") else {
            while end < source.count, "+-.0123456789eE".utf8.contains(source[end]) { end += 1 }
            return node.offset..<end
        }
        end += 1
        while end < source.count, source[end] != UInt8(ascii: "\"") {
            end += source[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return node.offset..<min(end + 1, source.count)
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        return bytes
    }
}
