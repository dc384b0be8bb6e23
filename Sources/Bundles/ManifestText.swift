internal import FoundationEssentials
internal import Glibc
import Platform

/// A manifest as it is written, its list of files taken apart some at a time.
///
/// One for a hundred thousand files, read and decoded at once, would take more memory than all else together. What is split
/// here is decoded by the library, which refuses what is no JSON.
struct ManifestText: Sendable {
    private enum Source: Sendable {
        case bytes([UInt8])
        case file(String)
    }

    private let source: Source
    /// What errors call it.
    let name: String

    init(_ bytes: [UInt8], name: String) {
        source = .bytes(bytes)
        self.name = name
    }

    /// One that is read from its file whenever it is needed.
    init(file path: String, name: String) {
        source = .file(path)
        self.name = name
    }

    /// Hands out the files in their order; the answer is all the rest of the manifest.
    ///
    /// Blocks.
    func read(_ body: (BundleManifest.File) throws(BundleError) -> Void) throws(BundleError) -> BundleManifest {
        try split { (batch) throws(BundleError) in
            // The library would take a comma at the end.
            guard let last = batch.last(where: { $0 > 0x20 }), last != UInt8(ascii: ",") else {
                throw refusal("there is a comma too many")
            }
            let files = try decode([BundleManifest.File].self, [UInt8(ascii: "[")] + batch + [UInt8(ascii: "]")])
            for file in files { try body(file) }
        }
    }

    /// All but the files, which are passed over unread: for a manifest that was read and checked before.
    ///
    /// Blocks.
    func head() throws(BundleError) -> BundleManifest { try split { (_) throws(BundleError) in } }

    private func split(_ body: ([UInt8]) throws(BundleError) -> Void) throws(BundleError) -> BundleManifest {
        var split = ManifestSplitter()
        try forEachPiece { (piece) throws(BundleError) in
            try split.take(piece, body)
            guard split.held <= ManifestSplitter.most else {
                throw refusal("a part of it is larger than any needs to be")
            }
        }
        let manifest = try decode(BundleManifest.self, split.head)
        // A second list would hide behind the first: the library takes one of them, and does not tell.
        guard split.lists <= 1, manifest.files.isEmpty else {
            throw refusal("\"files\" stands there twice, or is not written plainly")
        }
        return manifest
    }

    private func refusal(_ words: String) -> BundleError { .manifest(path: name, reason: "is no manifest: \(words)") }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(BundleError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch { throw refusal(ManifestWords.of(error)) }
    }

    private func forEachPiece(
        _ body: (UnsafeRawBufferPointer) throws(BundleError) -> Void
    ) throws(BundleError) {
        let path: String
        switch source {
        case .bytes(let bytes):
            for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
                let piece = bytes[start..<min(bytes.count, start + (1 << 16))]
                let result = piece.withUnsafeBytes { bytes in Result { () throws(BundleError) in try body(bytes) } }
                try result.get()
            }
            return
        case .file(let file): path = file
        }
        let file = try onDisk { () throws(SystemCallError) in try Descriptor.open(path, O_RDONLY | O_NOFOLLOW) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try onDisk({ () throws(SystemCallError) in try file.read(into: &buffer, path: path) }) {
            let result = buffer.withUnsafeBytes { bytes in
                Result { () throws(BundleError) in try body(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
            }
            try result.get()
        }
    }
}

/// Parts a manifest's bytes into batches of its list of files, and all the rest.
struct ManifestSplitter {
    /// How many files make a batch.
    private static let size = 512
    /// How many bytes may be held at once: a batch with the longest paths there are has less.
    static let most = 4 << 20

    /// All but what stands between the brackets of the list.
    private(set) var head: [UInt8] = []
    /// How many lists there are that may be called `files`; names with escapes count, whatever they say.
    private(set) var lists = 0

    private var batch: [UInt8] = []
    private var commas = 0
    private var depth = 0
    private var inList = false
    private var inString = false
    private var isEscaped = false
    /// The last string at the top, and whether a colon has made it a name.
    private var string: [UInt8] = []
    private var isName = false

    mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ emit: ([UInt8]) throws(BundleError) -> Void
    ) throws(BundleError) {
        for byte in bytes {
            if inString {
                takeText(byte)
            } else {
                try takeStructure(byte, emit)
            }
        }
    }

    private mutating func takeText(_ byte: UInt8) {
        if inList { batch.append(byte) } else { head.append(byte) }
        if !inList, depth == 1, byte != UInt8(ascii: "\"") || isEscaped { string.append(byte) }
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            inString = false
        }
    }

    private mutating func takeStructure(
        _ byte: UInt8, _ emit: ([UInt8]) throws(BundleError) -> Void
    ) throws(BundleError) {
        switch byte {
        case UInt8(ascii: "\""):
            inString = true
            if !inList, depth == 1 {
                string = []
                isName = false
            }
        case UInt8(ascii: ":") where !inList && depth == 1: isName = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            if !inList, depth == 2, isName, byte == UInt8(ascii: "["), mayBeFiles {
                inList = true
                lists += 1
                return head.append(byte)
            }
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            depth -= 1
            if inList, depth == 1 {
                inList = false
                if batch.contains(where: { $0 > 0x20 }) || commas > 0 { try emit(batch) }
                (batch, commas) = ([], 0)
            }
        case UInt8(ascii: ",") where inList && depth == 2:
            commas += 1
            if commas % Self.size == 0 {
                try emit(batch)
                return batch = []
            }
        default: break
        }
        if inList { batch.append(byte) } else { head.append(byte) }
    }

    var held: Int { head.count + batch.count }

    private var mayBeFiles: Bool { string.elementsEqual("files".utf8) || string.contains(UInt8(ascii: "\\")) }
}
