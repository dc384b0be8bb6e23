import Digests

/// `bundle_urls` and `bundle_checksums`.
extension HostConfiguration {
    mutating func readBundles(_ fields: Fields) {
        let urls = fields["bundle_urls"]?.fields(BundleSource.names, expected: "an object keyed by bundle")
        let digests = fields["bundle_checksums"]?.fields(BundleSource.names, expected: "an object keyed by bundle")
        let tools = urls?["tools"].flatMap(Self.readByArchitecture)
        let toolsDigests = digests?["tools"].flatMap(Self.readByArchitecture)
        let toolsSources = Architecture.allCases.compactMap { architecture in
            let name = architecture.rawValue
            return Self.readBundle("tools", tools?[name], toolsDigests?[name]).map { (architecture, $0) }
        }
        bundleSlots = ["project-host", "project"].compactMap { name in
            BundleSlot(Self.readBundle(name, urls?[name], digests?[name]))
        }
        if !toolsSources.isEmpty {
            bundleSlots.append(BundleSlot(name: "tools", sources: Dictionary(uniqueKeysWithValues: toolsSources)))
        }
        readNamedBundles(fields, besides: Set(BundleSource.names.filter { urls?[$0] != nil }))
        let keys = fields["signature_keys"]?.elements("keys", minimum: 1)
        signatureKeys =
            keys?.compactMap { $0.parsed(.badValue, "a public key as minisign prints it", Minisign.PublicKey.init) }
            ?? []
        for bundle in allBundles
        where bundle.signature != nil && fields["signature_keys"] == nil {
            fields.contradiction(
                at: fields["bundle_urls"] ?? fields["bundles"],
                "\(bundle.name) is to be signed, and there are no \"signature_keys\"")
        }
        trust = fields["trust"].flatMap(TrustSettings.read) ?? trust
        keepVersions = fields["keep_versions"]?.integer(2...100) ?? keepVersions
        if let architecture, let tools, tools[architecture.rawValue] == nil {
            tools.contradiction(at: nil, "there is none for \"\(architecture.rawValue)\", the config's \"arch\"")
        }
    }

    private mutating func readNamedBundles(_ fields: Fields, besides names: Set<String>) {
        for (name, offset, field) in fields["bundles"]?.entries("an object keyed by bundle") ?? [] {
            guard NameRule.bundle.admits(name) else {
                field.findings.add(.badName, at: offset, path: "bundles", "expected \(NameRule.bundle.expected)")
                continue
            }
            if names.contains(name) {
                field.findings.add(
                    .contradiction, at: offset, path: "bundles", "\"bundle_urls\" has \(Quoting.quote(name)), too")
            }
            guard let slot = BundleSlot.read(name, field) else { continue }
            if let architecture, slot.source(for: architecture) == nil {
                field.refuse(.contradiction, "there is none for \"\(architecture.rawValue)\", the config's \"arch\"")
            }
            bundleSlots.append(slot)
        }
    }

    private static func readByArchitecture(_ field: Field) -> Fields? {
        field.fields(Architecture.allCases.map(\.rawValue), expected: "an object keyed by architecture")
    }

    private static func readBundle(_ name: String, _ field: Field?, _ digest: Field?) -> BundleSource? {
        guard let field else {
            if let digest {
                _ = digest.digest()
                refuseOrphan(digest)
            }
            return nil
        }
        return BundleSource.read(field, name: name, digest: digest, isListed: true)
    }

    private static func refuseOrphan(_ digest: Field) {
        if !digest.findings.isIncomplete {
            digest.refuse(.contradiction, "\"bundle_urls\" has no such bundle")
        }
    }
}
