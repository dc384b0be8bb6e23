import Archives
import Digests
import Platform

/// A tree, held against what its manifest says.
struct ManifestCheck {
    /// One thing that is not as the manifest says.
    enum Finding: Equatable, Sendable {
        case missing(String)
        case notNamed(String)
        case otherKind(String, String)
        case otherContent(String)
        case otherMode(String, found: UInt32, wanted: UInt32)

        /// In words.
        var words: String {
            switch self {
            case .missing(let path): "\"\(path)\" is missing"
            case .notNamed(let path): "\"\(path)\" is not in the manifest"
            case .otherKind(let path, let kind): "\"\(path)\" is a \(kind), not the file that the manifest names"
            case .otherContent(let path): "\"\(path)\" has other content than the file that the manifest names"
            case .otherMode(let path, let found, let wanted):
                "\"\(path)\" has mode 0\(String(found, radix: 8)), the manifest says 0\(String(wanted, radix: 8))"
            }
        }
    }

    private var expected: [String: BundleManifest.File]
    private(set) var findings: [Finding] = []

    init(_ manifest: BundleManifest) {
        expected = Dictionary(manifest.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Looks at one thing that is there.
    ///
    /// Folders and links need no line in the manifest: a link leads only to what has one.
    mutating func look(at entry: UnpackedEntry) {
        guard let wanted = expected.removeValue(forKey: entry.path) else {
            if case .file = entry.kind, entry.path != BundleManifest.fileName { findings.append(.notNamed(entry.path)) }
            return
        }
        switch entry.kind {
        case .folder: findings.append(.otherKind(entry.path, "folder"))
        case .link: findings.append(.otherKind(entry.path, "link"))
        case .file(let size, let digest):
            if digest.hex != wanted.sha256 || wanted.size ?? size != size {
                findings.append(.otherContent(entry.path))
            } else if entry.mode != wanted.permissions {
                findings.append(.otherMode(entry.path, found: entry.mode, wanted: wanted.permissions))
            }
        }
    }

    /// All that was found, what is missing too, in the order of the paths' words.
    consuming func finish() -> [Finding] {
        (findings + expected.keys.map { .missing($0) }).sorted { $0.words < $1.words }
    }
}

extension BundleManifest {
    /// Holds a listing against the manifest.
    ///
    /// Blocks.
    func findings(_ listing: TreeListing) throws(SystemCallError) -> [ManifestCheck.Finding] {
        var check = ManifestCheck(self)
        var reader = try listing.reader()
        while let entry = try reader.next() { check.look(at: entry) }
        return check.finish()
    }
}
