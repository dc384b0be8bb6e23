import JSON

extension BundleRequirements {
    /// A server that must answer.
    public struct Reach: RequiredThing {
        /// A host and a port that takes connections, as in `db.example:5432`.
        public let address: String?
        /// An address that answers with a good status.
        public let url: String?
        /// How long it may take until it does; 30 unless given.
        public let withinSeconds: Int?
    }
}

extension BundleRequirements.Reach {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case address, url
        case withinSeconds = "within_seconds"
    }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        address = try fields.decodeIfThere(String.self, .address)
        url = try fields.decodeIfThere(String.self, .url)
        withinSeconds = try fields.decodeIfThere(Int.self, .withinSeconds)
    }
}
