import Archives
import Digests
internal import FoundationEssentials
import Platform

/// What a bundle says of itself: `manifest.json` at its root.
public struct BundleManifest: Sendable, Codable, Equatable {
    /// Where it lies in a bundle.
    public static let fileName = "manifest.json"

    /// One file that the bundle must hold.
    public struct File: Sendable, Codable, Equatable {
        /// Path below the bundle's root.
        public let path: String
        /// Permission bits in octal, such as `0755`.
        public let mode: String
        /// SHA-256 of its content.
        public let sha256: String
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

    enum CodingKeys: String, CodingKey {
        case name, version, arch, files
        case schemaVersion = "schema_version"
        case entryPoints = "entry_points"
    }

    /// Reads a manifest and checks that it makes sense by itself.
    static func read(_ bytes: [UInt8], path: String) throws(BundleError) -> BundleManifest {
        let manifest: BundleManifest
        do { manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(bytes)) } catch {
            throw .manifest(path: path, reason: "is no manifest: \(Self.words(error))")
        }
        guard manifest.schemaVersion == 1 else {
            throw .manifest(path: path, reason: "has format \(manifest.schemaVersion); this program knows 1")
        }
        guard isPlainName(manifest.name), isPlainName(manifest.version) else {
            throw .manifest(path: path, reason: "its name or version is no plain name")
        }
        guard ["any", "x86_64", "aarch64"].contains(manifest.arch) else {
            throw .manifest(path: path, reason: "\"\(manifest.arch)\" is no architecture: any, x86_64 or aarch64")
        }
        return manifest
    }

    /// Checks that what was unpacked is what the manifest says.
    ///
    /// Blocks. Returns the modes to give, by path, where they differ from what was unpacked.
    func check(_ listing: TreeListing, path: String) throws(BundleError) -> [String: UInt32] {
        var expected = try expectedFiles(path)
        var starts = Dictionary((entryPoints ?? [:]).map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var modes: [String: UInt32] = [:]
        var wrong: String?
        do throws(SystemCallError) {
            var reader = try listing.reader()
            while wrong == nil, let entry = try reader.next() {
                starts[entry.path] = nil
                guard let wanted = expected.removeValue(forKey: entry.path) else { continue }
                if case .file(_, wanted.digest) = entry.kind {
                    if entry.mode != wanted.mode { modes[entry.path] = wanted.mode }
                } else {
                    wrong = entry.path
                }
            }
        } catch {
            throw .disk(error)
        }
        if let wrong {
            throw .manifest(path: path, reason: "\"\(wrong)\" is not the file that the manifest names")
        }
        if let file = files.first(where: { expected[$0.path] != nil }) {
            throw .manifest(path: path, reason: "\"\(file.path)\" is missing from the archive")
        }
        if let (target, name) = starts.min(by: { $0.key < $1.key }) {
            throw .manifest(path: path, reason: "the entry point \(name) names \"\(target)\", which is missing")
        }
        return modes
    }

    private func expectedFiles(_ path: String) throws(BundleError) -> [String: (mode: UInt32, digest: Digest)] {
        var expected: [String: (mode: UInt32, digest: Digest)] = [:]
        for file in files {
            guard let mode = UInt32(file.mode, radix: 8), mode <= 0o777, let digest = Digest(hex: file.sha256) else {
                throw .manifest(path: path, reason: "\"\(file.path)\" has no good mode or sha256")
            }
            expected[file.path] = (mode, digest)
        }
        return expected
    }

    private static func isPlainName(_ name: String) -> Bool { PlainName.isValid(name) }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read" }
        switch error {
        case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has the wrong type"
        default: return "it is no JSON"
        }
    }
}

/// A name that is one part of a path and nothing else.
enum PlainName {
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 128 && !name.hasPrefix(".") && !name.hasPrefix("-") && name != "current"
            && name.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "+": true
                default: false
                }
            }
    }
}
