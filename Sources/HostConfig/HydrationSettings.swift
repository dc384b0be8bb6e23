import JSON

/// What a config says of data and where it comes from; that of a whole host, or of one file that says nothing else.
public struct HydrationSettings: Sendable {
    /// The folders to fill.
    public let data: [DataEntry]
    /// Absolute path of certificates that are trusted besides the system's.
    public let caFile: String?
    /// Absolute path of the certificate for servers that ask for one; nil: none.
    public let clientCertificate: String?
    /// Absolute path of its key; nil: in the certificate's file.
    public let clientKey: String?
    /// The config it is a part of; nil when the file is about data alone.
    public let host: HostConfiguration?

    /// What a host's config says.
    private init(of host: HostConfiguration) {
        data = host.data
        (caFile, clientCertificate, clientKey) = (host.caFile, host.clientCertificate, host.clientKey)
        self.host = host
    }

    private init(_ fields: Fields) {
        _ = fields["$schema"]?.string()
        data = fields.required("data").map(DataEntry.readAll) ?? []
        (caFile, clientCertificate, clientKey) = fields.certificates()
        host = nil
    }

    /// Reads a config file's bytes: a host's, which names the bootstrap user, or one that has `data` and certificates only.
    public static func load(_ bytes: [UInt8], file: String) -> Result<HydrationSettings, ConfigurationError> {
        HostConfiguration.read(bytes, file: file) { whole in
            if ["bootstrap_user", "bootstrap_root", "host_id"].contains(where: { whole.value[$0] != nil }) {
                return HostConfiguration.read(whole, source: bytes).map { HydrationSettings(of: $0) }
            }
            return whole.fields(["$schema", "data"] + Fields.certificateNames, expected: "an object, the config")
                .map(HydrationSettings.init)
        }
    }
}
