import Digests

/// `bundle_urls` and `bundle_checksums`.
extension HostConfiguration {
    mutating func readBundles(_ fields: Fields) {
        let urls = fields["bundle_urls"]?.fields(BundleSource.names, expected: "an object keyed by bundle")
        let digests = fields["bundle_checksums"]?.fields(BundleSource.names, expected: "an object keyed by bundle")
        projectHostBundle = Self.readBundle("project-host", urls?["project-host"], digests?["project-host"])
        projectBundle = Self.readBundle("project", urls?["project"], digests?["project"])
        let tools = urls?["tools"].flatMap(Self.readByArchitecture)
        let toolsDigests = digests?["tools"].flatMap(Self.readByArchitecture)
        for architecture in Architecture.allCases {
            let name = architecture.rawValue
            toolsBundles[architecture] = Self.readBundle("tools", tools?[name], toolsDigests?[name])
        }
        let keys = fields["signature_keys"]?.elements("keys", minimum: 1)
        signatureKeys =
            keys?.compactMap { $0.parsed(.badValue, "a public key as minisign prints it", Minisign.PublicKey.init) }
            ?? []
        for bundle in allBundles
        where bundle.signature != nil && fields["signature_keys"] == nil {
            fields.contradiction(
                at: fields["bundle_urls"], "\(bundle.name) is to be signed, and there are no \"signature_keys\"")
        }
        trust = fields["trust"].flatMap(TrustSettings.read) ?? trust
        keepVersions = fields["keep_versions"]?.integer(2...100) ?? keepVersions
        if let architecture, let tools, tools[architecture.rawValue] == nil {
            tools.contradiction(at: nil, "there is none for \"\(architecture.rawValue)\", the config's \"arch\"")
        }
    }

    private static func readByArchitecture(_ field: Field) -> Fields? {
        field.fields(Architecture.allCases.map(\.rawValue), expected: "an object keyed by architecture")
    }

    private static func readBundle(_ name: String, _ field: Field?, _ digest: Field?) -> BundleSource? {
        let checksum = digest?.digest()
        guard let field else {
            if let digest { refuseOrphan(digest) }
            return nil
        }
        guard let source = BundleSource.read(field, name: name, digest: checksum) else { return nil }
        switch source.verification {
        case .required where digest == nil && source.signature == nil:
            if !field.findings.isIncomplete {
                field.refuse(
                    .contradiction,
                    "there is no checksum for it in \"bundle_checksums\", and \"verification\" is \"required\"")
            }
        case .none where digest != nil:
            digest?.refuse(.contradiction, "\"verification\" is \"none\" for this bundle; leave one of the two out")
        default: break
        }
        return source
    }

    private static func refuseOrphan(_ digest: Field) {
        if !digest.findings.isIncomplete {
            digest.refuse(.contradiction, "\"bundle_urls\" has no such bundle")
        }
    }
}
