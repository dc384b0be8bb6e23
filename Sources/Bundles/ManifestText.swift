internal import FoundationEssentials

/// A manifest as it is written, its list of files taken apart some at a time.
///
/// One for a hundred thousand files, decoded at once, would take more memory than all else together. What is split here is
/// decoded by the library, which refuses what is no JSON.
struct ManifestText: Sendable {
    /// How many files are decoded at once.
    private static let batch = 512

    private let bytes: [UInt8]
    /// What stands between the brackets of `files`; nil when there is no such list at the top.
    private let list: Range<Int>?
    private let isAmbiguous: Bool

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let lists = Self.findLists(bytes)
        list = lists.first
        isAmbiguous = lists.count > 1
    }

    /// All but the files.
    func decodeHead() throws -> BundleManifest {
        let rest = list.map { Data(bytes[..<$0.lowerBound]) + Data(bytes[$0.upperBound...]) } ?? Data(bytes)
        let head = try JSONDecoder().decode(BundleManifest.self, from: rest)
        // A second list would hide behind the first: the library takes one of them, and does not tell.
        guard head.files.isEmpty, !isAmbiguous else {
            throw Self.trouble("\"files\" stands there twice, or is not written plainly")
        }
        return head
    }

    /// Hands out the files in their order.
    func forEachFile<Failure: Error>(
        _ body: (BundleManifest.File) throws(Failure) -> Void, undecodable: (any Error) -> Failure
    ) throws(Failure) {
        guard let list, let last = bytes[list].last(where: { !Self.isSpace($0) }) else { return }
        // The library would take it.
        if last == UInt8(ascii: ",") { throw undecodable(Self.trouble("a comma too many")) }
        var rest = list
        while true {
            let end = Self.endOfBatch(bytes, rest)
            let files: [BundleManifest.File]
            do {
                files = try JSONDecoder().decode(
                    [BundleManifest.File].self,
                    from: Data("[".utf8) + Data(bytes[rest.lowerBound..<end]) + Data("]".utf8))
            } catch {
                throw undecodable(error)
            }
            for file in files { try body(file) }
            guard end < rest.upperBound else { return }
            rest = end + 1..<rest.upperBound
        }
    }

    private static func trouble(_ words: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: words))
    }

    // MARK: Splitting

    /// The lists that are called `files` at the top, if that is written plainly; names with escapes count, whatever they say.
    private static func findLists(_ bytes: [UInt8]) -> [Range<Int>] {
        var lists: [Range<Int>] = []
        var depth = 0
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                let end = endOfString(bytes, at)
                let colon = afterSpace(bytes, end)
                let name = bytes[at..<end]
                at = end
                guard depth == 1, colon < bytes.count, bytes[colon] == UInt8(ascii: ":"),
                    name.elementsEqual("\"files\"".utf8) || name.contains(UInt8(ascii: "\\"))
                else { continue }
                let open = afterSpace(bytes, colon + 1)
                guard open < bytes.count, bytes[open] == UInt8(ascii: "["), let close = endOfList(bytes, open) else {
                    continue
                }
                lists.append(open + 1..<close)
                at = close + 1
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            at += 1
        }
        return lists
    }

    /// Where the bracket stands that closes the one at `open`.
    private static func endOfList(_ bytes: [UInt8], _ open: Int) -> Int? {
        var depth = 0
        var at = open
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at = endOfString(bytes, at)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return at }
            default: break
            }
            at += 1
        }
        return nil
    }

    /// Where the comma stands that ends a batch, or the end of all.
    private static func endOfBatch(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var depth = 0
        var commas = 0
        var at = range.lowerBound
        while at < range.upperBound {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at = min(endOfString(bytes, at), range.upperBound)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                commas += 1
                if commas == batch { return at }
            default: break
            }
            at += 1
        }
        return range.upperBound
    }

    private static func endOfString(_ bytes: [UInt8], _ quote: Int) -> Int {
        var at = quote + 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at + 1, bytes.count)
    }

    private static func afterSpace(_ bytes: [UInt8], _ start: Int) -> Int {
        bytes.indices.dropFirst(start).first { !isSpace(bytes[$0]) } ?? bytes.count
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
}
