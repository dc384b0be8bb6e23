public import Digests
public import Platform

/// A source of packages, and the key that vouches for all that comes from there.
public struct AptSourceSettings: Sendable, Equatable {
    /// Where the key comes from.
    public enum Key: Sendable, Equatable {
        /// It stands in the config: the bytes of its armor.
        case given([UInt8])
        /// It is fetched, and must have this SHA-256.
        case fetched(WebAddress, Digest)
    }

    /// The source itself.
    public let source: AptSource
    /// Its key.
    public let key: Key

    /// Reads `sources`.
    static func readAll(_ field: Field) -> [AptSourceSettings] {
        var names: Set<String> = []
        return (field.elements("sources") ?? []).compactMap { element in
            guard let settings = read(element) else { return nil }
            if !names.insert(settings.source.name).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(settings.source.name)) is listed twice")
            }
            return settings
        }
    }

    private static func read(_ field: Field) -> AptSourceSettings? {
        guard let fields = field.fields(["name", "uris", "suites", "components", "key"]) else { return nil }
        let name = fields.required("name")?.text(
            .badName, "a name of lower-case letters, digits and hyphens, at most 48", where: AptSource.isName)
        // An address may hold a password, and is not quoted.
        let uris = texts(fields.required("uris"), .badURL, "an https:, http: or file: URL without user and query") {
            AptSource.isURI($0)
        }
        let suites = texts(
            fields.required("suites"), .badValue, "a suite such as \"bookworm\", or a folder such as \"./\"",
            where: AptSource.isSuite)
        let components = texts(fields["components"], .badValue, "a component such as \"main\"", minimum: 0) {
            AptSource.isComponent($0)
        }
        let key = fields.required("key").flatMap(readKey)
        guard let name, let uris, let suites, let key, fields["components"] == nil || components != nil else {
            return nil
        }
        checkFolders(suites, hasComponents: components?.isEmpty == false, fields)
        return AptSourceSettings(
            source: AptSource(name: name, uris: uris, suites: suites, components: components ?? []), key: key)
    }

    private static func texts(
        _ field: Field?, _ code: Diagnostic.Code, _ expected: String, minimum: Int = 1,
        where isGood: (String) -> Bool
    ) -> [String]? {
        guard let elements = field?.elements("texts, each \(expected)", minimum: minimum) else { return nil }
        if elements.count > AptSource.most {
            field?.refuse(.outOfRange, "expected at most \(AptSource.most), found \(elements.count)")
        }
        let texts = elements.compactMap { $0.withoutQuoting.text(code, expected, where: isGood) }
        return texts.count == elements.count ? texts : nil
    }

    private static func checkFolders(_ suites: [String], hasComponents: Bool, _ fields: Fields) {
        if hasComponents, suites.contains(where: AptSource.isFolder) {
            fields.contradiction(at: fields["components"], "a suite that ends in \"/\" is a folder, and has none")
        } else if !hasComponents, !suites.allSatisfy(AptSource.isFolder) {
            fields.contradiction(at: fields["suites"], "\"components\" are missing: only a folder, \"./\", has none")
        }
    }

    private static func readKey(_ field: Field) -> Key? {
        guard let fields = field.fields(["url", "sha256", "content"]) else { return nil }
        if let content = fields["content"] {
            for name in ["url", "sha256"] where fields[name] != nil {
                fields.contradiction(at: fields[name], "there is \"content\" already")
            }
            return content.withoutQuoting.parsed(
                .badValue, "a public key in OpenPGP's armor, as gpg --export --armor writes it"
            ) { OpenPGPKey(Array($0.utf8)) == nil ? nil : .given(Array($0.utf8)) }
        }
        let (url, digest) = (fields.required("url")?.address(.download), fields.required("sha256")?.sha256())
        guard let url, let digest else { return nil }
        return .fetched(url, digest)
    }
}
