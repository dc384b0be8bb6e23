import Platform

/// The rules of `config-schema/bundle-manifest.schema.json` that are no mere types.
enum ManifestRules {
    /// The first thing that is wrong with all but the files, in words; nil when nothing is.
    ///
    /// `mode` has the permission bits of a file that is named, nil for what is none.
    static func trouble(_ manifest: BundleManifest, mode: (String) -> UInt32?) -> String? {
        guard manifest.schemaVersion == 1 else {
            return "has format \(manifest.schemaVersion); this program knows 1"
        }
        guard isName(manifest.name) else { return "its name is no plain name: lower-case letters, digits and dashes" }
        guard PlainName.isValid(manifest.version) else { return "its version is no plain name" }
        guard ["any", "x86_64", "aarch64"].contains(manifest.arch) else {
            return "\"\(manifest.arch)\" is no architecture: any, x86_64 or aarch64"
        }
        for (name, path) in (manifest.entryPoints ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard isPlain(name) else { return "the entry point \"\(name)\" has no plain name" }
            // It need not be executable: a script may be what its interpreter is given.
            guard mode(path) != nil else {
                return "the entry point \(name) names \"\(path)\", which is no file of the bundle"
            }
        }
        return manifest.requirements.flatMap { RequirementRules.trouble($0, mode: mode) }
    }

    /// What is wrong with one file; nil when nothing is.
    static func trouble(_ file: BundleManifest.File) -> String? {
        guard isRelative(file.path) else { return "is no path that stays in the bundle" }
        guard isMode(file.mode) else { return "has no good mode: four octal digits, no set-id bits" }
        guard isSHA256(file.sha256) else { return "has no good sha256: 64 lower-case hexadecimal digits" }
        guard file.size ?? 0 >= 0 else { return "has a size below zero" }
        return file.path == BundleManifest.fileName ? "is the manifest itself, which cannot hold its own digest" : nil
    }

    static func isMode(_ text: String) -> Bool {
        text.utf8.count == 4 && text.hasPrefix("0") && text.utf8.allSatisfy { (0x30...0x37).contains($0) }
    }

    static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }

    static func isPlain(_ text: String) -> Bool {
        guard (1...128).contains(text.utf8.count), let first = text.unicodeScalars.first else { return false }
        return text.isAlphanumeric(or: "._-") && ![".", "_", "-"].contains(first)
    }

    static func isRelative(_ path: String) -> Bool {
        // Bytes are at least as many as characters: what is short in bytes needs no counting.
        let bytes = path.utf8
        guard !bytes.isEmpty, bytes.count <= 1024 || path.unicodeScalars.count <= 1024 else { return false }
        return bytes.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && (part.count <= 255 || Substring(part).unicodeScalars.count <= 255)
                && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
                && part.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        }
    }
}

/// A version's name: one part of a path and nothing else.
package enum PlainName {
    package static func isValid(_ name: String) -> Bool {
        guard (1...128).contains(name.utf8.count), let first = name.unicodeScalars.first, name != "current" else {
            return false
        }
        return ![".", "_", "+", "-"].contains(first)
            && name.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "+": true
                default: false
                }
            }
    }
}
