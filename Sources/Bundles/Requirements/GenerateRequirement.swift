public import Digests
import JSON

extension BundleRequirements {
    /// A secret that is made once on each host, and that nobody can make again.
    public struct Generate: RequiredThing {
        /// What it is.
        public enum Kind: Sendable, Equatable {
            /// Random bytes in an encoding.
            case random(bytes: Int, RandomText.Encoding)
            /// A private key; the path is its public half's.
            case keyPair(PrivateKey.Algorithm, publicPath: String)
            /// A private key, and a certificate signed by itself at that path, for those names, for so many days.
            case certificate(PrivateKey.Algorithm, path: String, names: [String], days: Int)
        }

        /// Where the secret lies, with mode 0600.
        public let path: String
        /// What it is.
        public let kind: Kind
    }
}

extension BundleRequirements.Generate {
    private enum Word: String, Codable {
        case random, certificate
        case keyPair = "key-pair"
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, path, bytes, encoding, algorithm, certificate, names, days
        case publicPath = "public"
    }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        var own: Set<CodingKeys> = [.kind, .path]
        switch try fields.decode(Word.self, forKey: .kind) {
        case .random:
            own.formUnion([.bytes, .encoding])
            kind = .random(
                bytes: try fields.decodeIfThere(Int.self, .bytes) ?? 32,
                try fields.decodeIfThere(RandomText.Encoding.self, .encoding) ?? .hex)
        case .keyPair:
            own.formUnion([.algorithm, .publicPath])
            kind = .keyPair(
                try fields.decodeIfThere(PrivateKey.Algorithm.self, .algorithm) ?? .ed25519,
                publicPath: try fields.decode(String.self, forKey: .publicPath))
        case .certificate:
            own.formUnion([.algorithm, .certificate, .names, .days])
            kind = .certificate(
                try fields.decodeIfThere(PrivateKey.Algorithm.self, .algorithm) ?? .rsa,
                path: try fields.decode(String.self, forKey: .certificate),
                names: try fields.decode([String].self, forKey: .names),
                days: try fields.decodeIfThere(Int.self, .days) ?? 3650)
        }
        // The fields of another kind would mean nothing here.
        let terms = RequirementTerms.CodingKeys.allCases.map(\.stringValue)
        try decoder.refuseOthers(Set(own.map(\.stringValue)).union(terms))
    }

    /// Writes one, with all that it takes for granted.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(path, forKey: .path)
        switch kind {
        case .random(let bytes, let encoding):
            try fields.encode(Word.random, forKey: .kind)
            try fields.encode(bytes, forKey: .bytes)
            try fields.encode(encoding, forKey: .encoding)
        case .keyPair(let algorithm, let publicPath):
            try fields.encode(Word.keyPair, forKey: .kind)
            try fields.encode(algorithm, forKey: .algorithm)
            try fields.encode(publicPath, forKey: .publicPath)
        case .certificate(let algorithm, let path, let names, let days):
            try fields.encode(Word.certificate, forKey: .kind)
            try fields.encode(algorithm, forKey: .algorithm)
            try fields.encode(path, forKey: .certificate)
            try fields.encode(names, forKey: .names)
            try fields.encode(days, forKey: .days)
        }
    }
}
