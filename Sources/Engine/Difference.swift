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
    /// How many bytes are downloaded to mend it, where that is known; nil where nothing is, or nobody has looked.
    public let downloadBytes: Int64?

    /// Names a difference; what addresses in its words may hold besides is hidden.
    public init(
        _ what: String, found: String, wanted: String, detail: String? = nil, downloadBytes: Int64? = nil
    ) {
        self.what = what
        self.downloadBytes = downloadBytes
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
            what, found: found, wanted: wanted, detail: lines.isEmpty ? nil : lines.joined(separator: "\n"),
            downloadBytes: downloadBytes)
    }

    enum CodingKeys: String, CodingKey {
        case what, found, wanted, detail
        case downloadBytes = "download_bytes"
    }

    /// What becomes of the thing, for who counts and colours.
    public enum Kind: Sendable {
        /// It is not there, and will be.
        case added
        /// It is there, and will be otherwise.
        case changed
        /// It is there, and will not be.
        case removed
        /// It will be off for a moment: a service restarted, the host booted anew.
        case interrupted
    }

    /// What becomes of the thing, by the words for its two states.
    public var kind: Kind {
        switch wanted {
        case let word where word.hasFirstBytes("removed") || word == "set aside" || word == "stopped": .removed
        case "restarted", Self.reboot: .interrupted
        default:
            ["absent", "not run yet", "no unit file", "not mounted", "not masked"].contains(found) ? .added : .changed
        }
    }

    /// The state that a reboot is told by.
    public static let reboot = "as the last act of the run"

    /// `what: found -> wanted`.
    public var description: String { "\(what): \(found) -> \(wanted)" }
}
