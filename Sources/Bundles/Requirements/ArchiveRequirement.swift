import JSON

extension BundleRequirements {
    /// A folder that is filled from an archive when it is missing, such as a cache.
    public struct Archive: RequiredThing {
        /// Where the folder lies.
        public let path: String
        /// Where the archive comes from.
        public let url: String
        /// SHA-256 of the archive.
        public let sha256: String
        /// The archive's length in bytes, if it says so; any other is refused.
        public let size: Int64?
        /// The names of the files that are taken from it, at whatever depth they lie there; nil: the folder is all of it.
        public let files: [String]?
        /// How much it may unpack to; 4096 unless given.
        public let maxUnpackedMB: Int?
    }
}

extension BundleRequirements.Archive {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case path, url, sha256, size, files
        case maxUnpackedMB = "max_unpacked_mb"
    }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        url = try fields.decode(String.self, forKey: .url)
        sha256 = try fields.decode(String.self, forKey: .sha256)
        size = try fields.decodeIfThere(Int64.self, .size)
        files = try fields.decodeIfThere([String].self, .files)
        maxUnpackedMB = try fields.decodeIfThere(Int.self, .maxUnpackedMB)
    }
}
