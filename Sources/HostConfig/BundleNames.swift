/// The bundles of a config, for what names one of them.
struct BundleNames {
    /// As they stand there, and not those that could be read: a mistake there is no mistake where one is named.
    let all: Set<String>
    /// Those whose content the config does not fix.
    let unvouched: Set<String>

    /// What makes a bundle one whose content is fixed.
    static let remedy = "give it a digest in \"checksum\" or \"bundle_checksums\", or a \"signature\""

    /// Reads "bundle", which must name one of them.
    func read(_ fields: Fields) -> String? {
        guard let name = fields["bundle"]?.name(.bundle) else { return nil }
        if !all.contains(name) {
            fields.contradiction(
                at: fields["bundle"], "neither \"bundle_urls\" nor \"bundles\" has \(Quoting.quote(name))")
        }
        return name
    }

    /// Refuses "bundle" where whoever publishes that one could change what it is used for; `use` and `change` say what.
    func requireVouched(_ name: String, _ fields: Fields, _ use: String, _ change: String) {
        guard unvouched.contains(name) else { return }
        fields.contradiction(
            at: fields["bundle"],
            "\(use), and whoever publishes \(Quoting.quote(name)) could change \(change): \(Self.remedy)")
    }
}
