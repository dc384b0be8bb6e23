/// Whom a connection trusts, and how this host proves who it is.
public struct TLSSettings: Sendable, Equatable {
    /// Path of certificates that are trusted besides the system's.
    public let extraAuthorities: String?
    /// Path of the certificate, in PEM, for servers that ask for one.
    public let clientCertificate: String?
    /// Path of its key; nil when that is in the certificate's file.
    public let clientKey: String?

    /// The system's authorities and no certificate, unless more is given.
    public init(extraAuthorities: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil) {
        self.extraAuthorities = extraAuthorities
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }
}
