import JSON

/// What any requirement may say besides what it is: how it is called, what comes before it, and what its failure means.
public struct RequirementTerms: Sendable, Codable, Equatable {
    /// What it means that it is not met.
    public enum OnFailure: String, Sendable, Codable {
        /// The run fails.
        case fail
        /// The services start all the same, and the host is degraded.
        case degrade
    }

    /// What others call it in their needs, a plain name.
    public let name: String?
    /// The names of those of the same bundle that must be met before.
    ///
    /// Nil: it stands in the line by its priority. Else it begins as soon as those are met, beside others.
    public let needs: [String]?
    /// What it means that it is not met; nil: the run fails.
    public let onFailure: OnFailure?
    /// The lower, the earlier; nil: what its kind has.
    public let priority: Int?

    /// Says nothing but a name.
    init(name: String?) { (self.name, needs, onFailure, priority) = (name, nil, nil, nil) }

    /// It may be lacking.
    public var mayBeLacking: Bool { onFailure == .degrade }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, needs, priority
        case onFailure = "on_failure"
    }

    /// Reads them from among the fields of a requirement.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decodeIfThere(String.self, .name)
        needs = try fields.decodeIfThere([String].self, .needs)
        onFailure = try fields.decodeIfThere(OnFailure.self, .onFailure)
        priority = try fields.decodeIfThere(Int.self, .priority)
    }
}

/// One thing that a bundle requires, of any kind.
public protocol RequiredThing: Sendable, Codable, Equatable {
    /// The names of all its fields.
    static var fields: Set<String> { get }

    /// Its name, if things of its kind have one of their own.
    var ownName: String? { get }

    /// Reads the short form, a text in place of the object; nil for a kind that has none.
    init?(short: String)
}

extension RequiredThing {
    /// They have none.
    public var ownName: String? { nil }

    /// There is none.
    public init?(short: String) { nil }
}

/// A thing that is required, and on what terms.
public struct Required<Thing: RequiredThing>: Sendable, Codable, Equatable {
    /// What is required.
    public let thing: Thing
    /// On what terms.
    public let terms: RequirementTerms

    /// Reads one, and nothing besides.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self), let thing = Thing(short: text) {
            self.thing = thing
            terms = RequirementTerms(name: thing.ownName)
            return
        }
        thing = try Thing(from: decoder)
        terms = try RequirementTerms(from: decoder)
        try decoder.refuseOthers(Thing.fields.union(RequirementTerms.CodingKeys.allCases.map(\.stringValue)))
    }

    /// Writes the fields of both side by side.
    public func encode(to encoder: any Encoder) throws {
        try thing.encode(to: encoder)
        try terms.encode(to: encoder)
    }
}
