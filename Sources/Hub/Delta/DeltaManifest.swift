/// What a bundle says of itself.
struct DeltaManifest {
    let bundleID: String
    let sequence: Int64?

    /// Above, the number after it would soon be none.
    static let sequences: ClosedRange<Int64> = 0...(1 << 53)
}

extension DeltaManifest {
    /// As the clients write it: every one of them sends these fields, the number perhaps null.
    struct Wire: Decodable {
        private let version: String?, bundleID: String?, workspace: String?, createdAt: String?
        private let sequence: Int64?
        private let hasSequence: Bool

        private enum CodingKeys: String, CodingKey {
            case version
            case bundleID = "bundle_id"
            case workspace = "workspace_path"
            case createdAt = "created_at"
            case sequence = "sequence_number"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            version = try fields.decodeIfPresent(String.self, forKey: .version)
            bundleID = try fields.decodeIfPresent(String.self, forKey: .bundleID)
            workspace = try fields.decodeIfPresent(String.self, forKey: .workspace)
            createdAt = try fields.decodeIfPresent(String.self, forKey: .createdAt)
            sequence = try fields.decodeIfPresent(Int64.self, forKey: .sequence)
            hasSequence = fields.contains(.sequence)
        }

        func checked() throws(DeltaError) -> DeltaManifest {
            let texts = [
                (CodingKeys.version, version), (.bundleID, bundleID), (.workspace, workspace), (.createdAt, createdAt),
            ]
            var missing = texts.filter { ($0.1 ?? "").isEmpty }.map(\.0.rawValue)
            if !hasSequence { missing.append(CodingKeys.sequence.rawValue) }
            guard missing.isEmpty, let bundleID else {
                throw .refused("manifest.json in the bundle lacks \(missing.joined(separator: ", "))")
            }
            if let sequence, !DeltaManifest.sequences.contains(sequence) {
                throw .refused("manifest.json in the bundle has the sequence_number \(sequence), which is none")
            }
            return DeltaManifest(bundleID: bundleID, sequence: sequence)
        }
    }
}
