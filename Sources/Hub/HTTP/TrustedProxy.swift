/// The proxy that tells by a header who asks, for those who have one log-in for all.
public struct TrustedProxy: Sendable, Equatable {
    let address: PeerAddress
    /// In lower case.
    let header: String

    /// Takes the address that its connections come from, and the header's name.
    public init(_ address: String, header: String) throws(HubError) {
        guard let number = PeerAddress(address) else { throw .badProxy(address) }
        guard SafeName.isValid(header, alsoIn: "-_"),
            !["host", "cookie", "authorization"].contains(header.lowercased())
        else { throw .badProxy(header) }
        (self.address, self.header) = (number, header.lowercased())
    }
}
