internal import Platform

/// A host's name at the hub, safe in URLs, file names and shell words.
public struct HostID: Sendable, Hashable {
    /// The name.
    public let name: String

    /// Takes 1 to 128 letters, digits, `.`, `_`, `-`, the first a letter or digit.
    public init(_ name: String) throws(HubError) {
        guard SafeName.isValid(name, alsoIn: "._-") else { throw .badHostID(name) }
        self.name = name
    }
}

/// Names that mean only themselves wherever they stand.
enum SafeName {
    static func isValid(_ name: some StringProtocol, alsoIn extra: String) -> Bool {
        guard let first = name.unicodeScalars.first, String(first).isAlphanumeric(), name.utf8.count <= 128 else {
            return false
        }
        return name.isAlphanumeric(or: extra)
    }
}
