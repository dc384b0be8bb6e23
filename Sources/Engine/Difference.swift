internal import Platform

/// One thing in which the host is not as the config wants it: what `plan` prints, `apply` repairs and the receipt keeps.
public struct Difference: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The thing: a path, a package, a unit.
    public let what: String
    /// Its state now, in a word or two.
    public let found: String
    /// The state the config asks for.
    public let wanted: String
    /// More for a person, such as a unified diff; several lines.
    public let detail: String?

    /// Names a difference; what addresses in its words may hold besides is hidden.
    public init(_ what: String, found: String, wanted: String, detail: String? = nil) {
        self.what = what
        self.found = AddressSecrets.hidden(in: found)
        self.wanted = AddressSecrets.hidden(in: wanted)
        self.detail = detail.map { AddressSecrets.hidden(in: $0) }
    }

    /// `what: found -> wanted`.
    public var description: String { "\(what): \(found) -> \(wanted)" }
}
