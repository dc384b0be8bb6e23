/// Where progress is reported, and with what.
public struct HubEndpoint: Sendable, Equatable {
    /// Reports are posted here.
    public let url: WebAddress
    /// The bearer token.
    public let token: Secret
    /// Absolute path of certificates that are trusted besides the system's.
    public let caFile: String?
}

extension HubEndpoint {
    /// Reads `hub`.
    static func read(_ field: Field) -> HubEndpoint? {
        guard let fields = field.fields(["url", "token", "ca_file"]) else { return nil }
        let url = fields.required("url")?.address(.report)
        let token = fields.required("token")?.secret()
        let caFile = fields["ca_file"]?.absolutePath()
        guard let url, let token else { return nil }
        return HubEndpoint(url: url, token: token, caFile: caFile)
    }
}
