import Archives
import Digests
import JSON
import Platform

/// What a bundle says of itself: `manifest.json` at its root, as `config-schema/bundle-manifest.schema.json` has it.
public struct BundleManifest: Sendable, Encodable, Equatable {
    /// Where it lies in a bundle.
    public static let fileName = "manifest.json"
    static let filePath = PathBytes(fileName)
    /// In bytes; one for 400,000 files has less.
    static let largest = 64 << 20

    /// One file that the bundle must hold.
    public struct File: Sendable, Encodable, Equatable {
        /// Path below the bundle's root.
        public let path: String
        /// Permission bits in octal, such as `0755`.
        public let mode: String
        /// Length in bytes, if it says so.
        public let size: Int64?
        /// SHA-256 of its content.
        public let sha256: String

        init(path: String, mode: UInt32, size: Int64, digest: Digest) {
            self.path = path
            let digits = String(mode, radix: 8)
            self.mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            self.size = size
            sha256 = digest.hex
        }

        /// Reads one, and nothing besides: a manifest may name a hundred thousand of them.
        init(_ reader: inout JSONReader) throws(JSONError) {
            var path: String?, mode: String?, size: Int64?, sha256: String?
            try reader.beginObject()
            while let name = try reader.nextName() {
                switch name {
                case "path": path = try reader.string()
                case "mode": mode = try reader.string()
                case "size": size = try reader.integer()
                case "sha256": sha256 = try reader.string()
                default: throw reader.mismatch(.unknown)
                }
            }
            guard let path else { throw reader.mismatch(.missing, of: "path") }
            guard let mode else { throw reader.mismatch(.missing, of: "mode") }
            guard let sha256 else { throw reader.mismatch(.missing, of: "sha256") }
            (self.path, self.mode, self.size, self.sha256) = (path, mode, size, sha256)
        }

        var permissions: UInt32 { UInt32(mode, radix: 8) ?? 0 }
    }

    /// The format, 1.
    public let schemaVersion: Int
    /// The bundle's name and version.
    public let name: String, version: String
    /// `any`, `x86_64` or `aarch64`.
    public let arch: String
    /// Every file but the manifest itself.
    public let files: [File]
    /// Names of what is to be run, and where it lies.
    public let entryPoints: [String: String]?
    /// What must be there before the bundle's services start.
    public let requirements: BundleRequirements?

    enum CodingKeys: String, CodingKey {
        case name, version, arch, files, requirements
        case schemaVersion = "schema_version"
        case entryPoints = "entry_points"
    }

    init(
        name: String, version: String, arch: String, files: [File], entryPoints: [String: String]?,
        requirements: BundleRequirements?
    ) {
        schemaVersion = 1
        self.name = name
        self.version = version
        self.arch = arch
        self.files = files
        self.entryPoints = entryPoints
        self.requirements = requirements
    }

    /// One without its files, of all else that it says.
    init(_ draft: Draft) throws(JSONError) {
        guard let schemaVersion = draft.schemaVersion else { throw .value(.missing, path: "schema_version", nil) }
        guard let name = draft.name else { throw .value(.missing, path: "name", nil) }
        guard let version = draft.version else { throw .value(.missing, path: "version", nil) }
        guard let arch = draft.arch else { throw .value(.missing, path: "arch", nil) }
        self.schemaVersion = schemaVersion
        self.name = name
        self.version = version
        self.arch = arch
        files = []
        entryPoints = draft.entryPoints
        requirements = draft.requirements
    }

    /// Reads a manifest and checks that it makes sense by itself.
    ///
    /// Its files are in the check, not in the manifest that comes back. Blocks.
    static func read(_ text: ManifestText) throws(BundleError) -> (manifest: BundleManifest, check: ManifestCheck) {
        var check = ManifestCheck(text)
        let manifest = try text.read { (file) throws(BundleError) in try check.expect(file, of: text.name) }
        if let reason = ManifestRules.trouble(manifest, mode: { check.mode(of: $0) }) {
            throw .manifest(path: text.name, reason: reason)
        }
        return (manifest, check)
    }

    /// Reads all but the files of a manifest that was held against its bundle before.
    static func readHead(_ text: ManifestText) throws(BundleError) -> BundleManifest {
        let manifest = try text.head()
        if let reason = ManifestRules.trouble(manifest, mode: { _ in 0o755 }) {
            throw .manifest(path: text.name, reason: reason)
        }
        return manifest
    }

    /// Refuses what the schema does.
    func validate(path: String) throws(BundleError) {
        var check = ManifestCheck(ManifestText([], name: path))
        for file in files { try check.expect(file, of: path) }
        if let reason = ManifestRules.trouble(self, mode: { check.mode(of: $0) }) {
            throw .manifest(path: path, reason: reason)
        }
    }

    /// A manifest that somebody began by hand: what it is called and starts, without a list of files.
    struct Draft: Decodable {
        let schemaVersion: Int?
        let name: String?, version: String?, arch: String?
        let entryPoints: [String: String]?
        let requirements: BundleRequirements?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case name, version, arch, requirements, files
            case schemaVersion = "schema_version"
            case entryPoints = "entry_points"
            case bootstrapRequirements = "bootstrap_requirements"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            schemaVersion = try fields.decodeIfThere(Int.self, .schemaVersion)
            name = try fields.decodeIfThere(String.self, .name)
            version = try fields.decodeIfThere(String.self, .version)
            arch = try fields.decodeIfThere(String.self, .arch)
            entryPoints = try fields.decodeIfThere([String: String].self, .entryPoints)
            // Beside the one name of the field, the other one is none: which of the two counts could only be guessed.
            let isNamed = fields.contains(.requirements)
            let field = isNamed ? CodingKeys.requirements : .bootstrapRequirements
            let other = isNamed ? CodingKeys.bootstrapRequirements : .requirements
            requirements = try fields.decodeIfThere(BundleRequirements.self, field)
            try decoder.refuseOthers(Set(CodingKeys.allCases.filter { $0 != other }.map(\.stringValue)))
        }

        static func read(_ bytes: [UInt8], path: String) throws(BundleError) -> Draft {
            do throws(JSONError) { return try Draft(json: bytes) } catch {
                throw .manifest(path: path, reason: "is no manifest: \(error.explanation.summary)")
            }
        }
    }
}

extension ManifestCheck {
    fileprivate mutating func expect(_ file: BundleManifest.File, of path: String) throws(BundleError) {
        // No tree can hold more, so no manifest need name more; each takes memory.
        guard count < Unpacker.Limits().entries else {
            throw .manifest(path: path, reason: "names more files than a bundle may hold")
        }
        let reason = ManifestRules.trouble(file) ?? (expect(file) ? nil : "is named twice")
        if let reason { throw .manifest(path: path, reason: "\"\(file.path)\" \(reason)") }
    }
}
