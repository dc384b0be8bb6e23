public import Digests
internal import JSON
public import Platform

/// What a signed config says of itself; without a key that it is held to, nobody looks at it.
public struct TrustSettings: Sendable, Equatable {
    /// Grows with each config of the host; 0: none is given, and none was before.
    public internal(set) var serial = 0
    /// From then on it is refused; nil: never.
    public internal(set) var expires: Timestamp?
    /// The keys that later configs are held to; nil: those that this one was.
    public internal(set) var keys: [Minisign.PublicKey]?
    /// How many of them must sign.
    public internal(set) var threshold = 1
}

extension TrustSettings {
    /// Reads `trust`.
    static func read(_ field: Field) -> TrustSettings? {
        guard let fields = field.fields(["serial", "expires", "keys", "threshold"]) else { return nil }
        var settings = TrustSettings()
        settings.serial = fields["serial"]?.integer(1...1 << 53) ?? 0
        settings.expires = fields["expires"]?.parsed(.badValue, "a time such as \"2027-03-01T12:00:00Z\"") {
            Timestamp(rfc3339: $0)
        }
        settings.keys = fields["keys"]?.elements("keys", minimum: 1)?.compactMap {
            $0.parsed(.badValue, "a public key as minisign prints it", Minisign.PublicKey.init)
        }
        settings.threshold = fields["threshold"]?.integer(1...64) ?? 1
        var different: [Minisign.PublicKey] = []
        for key in settings.keys ?? [] where !different.contains(where: key.isSameKey) { different.append(key) }
        if settings.threshold > different.count, let threshold = fields["threshold"] {
            fields.contradiction(at: threshold, "there are \(different.count) different \"keys\" beside it")
        }
        return settings
    }
}
