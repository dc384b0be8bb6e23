import JSON

extension BundleRequirements {
    /// A program of the bundle that runs once a version, before the services start.
    public struct WarmUp: RequiredThing {
        /// Its path in the bundle.
        public let program: String
        /// What it is given.
        public let arguments: [String]?
        /// How long it may take; 300 unless given.
        public let timeoutSeconds: Int?
    }
}

extension BundleRequirements.WarmUp {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case program, arguments
        case timeoutSeconds = "timeout_seconds"
    }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        program = try fields.decode(String.self, forKey: .program)
        arguments = try fields.decodeIfThere([String].self, .arguments)
        timeoutSeconds = try fields.decodeIfThere(Int.self, .timeoutSeconds)
    }
}
