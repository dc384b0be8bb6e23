internal import Digests
internal import JSON
public import Platform

/// What a host remembers of whom it trusts; written down in the bootstrap user's home, and in no bootstrap root, since a
/// config names that.
public struct TrustRecord: Sendable, Equatable {
    /// The keys that configs are held to from now on.
    public var keys: TrustedKeys
    /// When the first key was given on this host.
    public let since: Timestamp
    /// The config that was taken last; nil before the first.
    public internal(set) var last: Last?

    /// A config that was taken.
    public struct Last: Sendable, Equatable, Codable {
        /// Its serial; 0 for none.
        public let serial: Int
        /// SHA-256 of its text.
        public let sha256: String
        /// Whose it was.
        public let host: String

        private enum CodingKeys: String, CodingKey {
            case serial, sha256
            case host = "host_id"
        }
    }

    init(_ keys: TrustedKeys, since: Timestamp = .now()) {
        self.keys = keys
        self.since = since
    }
}

extension TrustRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case keys, threshold, last
        case since = "since_ms"
    }

    /// Reads what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        let texts = try record.decode([String].self, forKey: .keys)
        let keys = texts.map(Minisign.PublicKey.init)
        guard !keys.contains(nil),
            let trusted = TrustedKeys(
                keys.compactMap(\.self), threshold: try record.decode(Int.self, forKey: .threshold))
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no keys of which so many could sign"))
        }
        self.init(trusted, since: try record.decode(Timestamp.self, forKey: .since))
        last = try record.decodeIfPresent(Last.self, forKey: .last)
    }

    /// Writes keys as minisign prints them.
    public func encode(to encoder: any Encoder) throws {
        var record = encoder.container(keyedBy: CodingKeys.self)
        try record.encode(keys.keys.map(\.text), forKey: .keys)
        try record.encode(keys.threshold, forKey: .threshold)
        try record.encode(since, forKey: .since)
        try record.encodeIfPresent(last, forKey: .last)
    }
}
