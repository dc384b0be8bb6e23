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

    /// Names a thing that differs in several ways, of which each is told; nil when there is none.
    public init?(_ what: String, _ found: [String], wanted: String) {
        guard let first = found.first else { return nil }
        let more = found.count > 1 ? " (and \(found.count - 1) more)" : ""
        self.init(
            what, found: first + more, wanted: wanted, detail: found.count > 1 ? found.joined(separator: "\n") : nil)
    }

    /// The same with these details, those that there are.
    public func with(detail: [String?]) -> Difference {
        let lines = detail.compactMap(\.self)
        return Difference(
            what, found: found, wanted: wanted, detail: lines.isEmpty ? nil : lines.joined(separator: "\n"))
    }

    /// `what: found -> wanted`.
    public var description: String { "\(what): \(found) -> \(wanted)" }
}
