internal import JSON

/// The secrets that are the hub's to give.
extension HostConfiguration {
    /// Their names for a host of that architecture, in order, each once; nil: of any.
    public func hubSecrets(for architecture: Architecture?) -> [String] {
        let bundles = architecture.map(bundles(for:)) ?? allBundles
        let access = bundles.map(\.authorization) + data.map(\.authorization)
        let all: [Secret] = Array(environment.values) + files.compactMap(\.secret) + access.compactMap(\.self)
        return Set(all.compactMap(\.hubName)).sorted()
    }

    /// Refuses what nobody could be asked for.
    func checkHubSecrets(_ fields: Fields) {
        if hub?.token.hubName != nil {
            fields.contradiction(at: fields["hub"], "the hub gives secrets for its \"token\", so that is none of them")
        }
        guard let name = hubSecrets(for: nil).first, hub?.address(ofSecret: name) == nil else { return }
        fields.contradiction(
            at: fields["hub"],
            "the secret \(Quoting.quote(name)) is to come from the hub, so \"hub\" must have the \"url\" of one: …/api/v1/hosts/ID/status"
        )
    }
}
