public import Digests

/// The agent that a host is to be run by, for one architecture: where it is, and what it must be.
public struct AgentSource: Sendable, Equatable {
    /// Where it is.
    public let url: WebAddress
    /// Its SHA-256.
    public let digest: Digest

    /// Reads `agent`: by architecture, since a program is for one.
    static func readAll(_ field: Field) -> [Architecture: AgentSource]? {
        guard
            let fields = field.fields(
                Architecture.allCases.map(\.rawValue), expected: "an object keyed by architecture")
        else { return nil }
        let given = Architecture.allCases.compactMap { architecture in
            fields[architecture.rawValue].map { (architecture, $0) }
        }
        if given.isEmpty { fields.contradiction(at: nil, "there is none for any architecture") }
        return given.reduce(into: [:]) { found, entry in
            guard let fields = entry.1.fields(["url", "sha256"]) else { return }
            let (url, digest) = (fields.required("url")?.address(.download), fields.required("sha256")?.sha256())
            if let url, let digest { found[entry.0] = AgentSource(url: url, digest: digest) }
        }
    }
}
