import Archives
import Digests
import Platform

/// A tree, held against what its manifest says.
struct ManifestCheck {
    /// One thing that is not as the manifest says.
    enum Finding: Equatable, Sendable {
        case missing(PathBytes)
        case notNamed(PathBytes)
        case otherKind(PathBytes, String)
        case otherContent(PathBytes)
        case otherMode(PathBytes, found: UInt32, wanted: UInt32)

        /// In words.
        var words: String {
            switch self {
            case .missing(let path): "\"\(path.shown)\" is missing"
            case .notNamed(let path): "\"\(path.shown)\" is not in the manifest"
            case .otherKind(let path, let kind): "\"\(path.shown)\" is a \(kind), not the file that the manifest names"
            case .otherContent(let path): "\"\(path.shown)\" has other content than the file that the manifest names"
            case .otherMode(let path, let found, let wanted):
                "\"\(path.shown)\" has mode 0\(String(found, radix: 8)), the manifest says 0\(String(wanted, radix: 8))"
            }
        }
    }

    /// What the manifest says of a file.
    private struct Expected {
        let size: Int64
        let permissions: UInt32
        let digest: (UInt64, UInt64, UInt64, UInt64)

        /// Sizes are not below zero: -1 is one that the manifest does not tell.
        func fits(size: Int64, digest bytes: [UInt8]) -> Bool {
            (self.size == -1 || self.size == size) && words(of: bytes) == digest
        }
    }

    /// A path, as two hashes of it with the process's random seed: the path itself would take several times as much.
    private struct Key: Hashable {
        let first: Int, second: Int

        init(_ path: PathBytes) {
            var one = Hasher(), other = Hasher()
            path.hash(into: &one)
            other.combine(1)
            path.hash(into: &other)
            (first, second) = (one.finalize(), other.finalize())
        }
    }

    private let text: ManifestText
    private var expected: [Key: Expected] = [:]
    private(set) var findings: [Finding] = []
    /// How many files the manifest names.
    private(set) var count = 0

    init(_ text: ManifestText) { self.text = text }

    /// Takes note of a file that must be there; false when it was named before.
    mutating func expect(_ file: BundleManifest.File) -> Bool {
        count += 1
        let wanted = Expected(
            size: file.size ?? -1, permissions: file.permissions,
            digest: words(of: Digest(hex: file.sha256)?.bytes ?? []))
        return expected.updateValue(wanted, forKey: Key(PathBytes(file.path))) == nil
    }

    /// The permission bits of a file; nil when the manifest does not name it.
    func mode(of path: String) -> UInt32? { expected[Key(PathBytes(path))]?.permissions }

    /// Looks at one thing that is there.
    ///
    /// Folders and links need no line in the manifest: a link leads only to what has one.
    mutating func look(at entry: UnpackedEntry) {
        guard let wanted = expected.removeValue(forKey: Key(entry.path)) else {
            if case .file = entry.kind, entry.path != BundleManifest.filePath { findings.append(.notNamed(entry.path)) }
            return
        }
        switch entry.kind {
        case .folder: findings.append(.otherKind(entry.path, "folder"))
        case .link: findings.append(.otherKind(entry.path, "link"))
        case .file(let size, let digest):
            if !wanted.fits(size: size, digest: digest.bytes) {
                findings.append(.otherContent(entry.path))
            } else if entry.mode != wanted.permissions {
                findings.append(.otherMode(entry.path, found: entry.mode, wanted: wanted.permissions))
            }
        }
    }

    /// All that was found, what is missing too, in the order of the paths' words.
    consuming func finish() -> [Finding] {
        var all = findings
        if !expected.isEmpty {
            let (text, left) = (text, expected)
            // It was decoded once already, so nothing can be wrong with it.
            _ = try? text.read { (file) throws(BundleError) in
                let path = PathBytes(file.path)
                if left[Key(path)] != nil { all.append(.missing(path)) }
            }
        }
        return all.sorted { $0.words < $1.words }
    }

    /// Holds a listing against the manifest.
    ///
    /// Blocks.
    consuming func findings(_ listing: TreeListing) throws(SystemCallError) -> [Finding] {
        var check = self
        var reader = try listing.reader()
        while let entry = try reader.next() { check.look(at: entry) }
        try reader.requireWhole()
        return check.finish()
    }
}

/// The 32 bytes of a SHA-256 as four words; zeroes for anything else.
private func words(of bytes: [UInt8]) -> (UInt64, UInt64, UInt64, UInt64) {
    guard bytes.count == 32 else { return (0, 0, 0, 0) }
    return bytes.withUnsafeBytes { bytes in
        (
            bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }
}
