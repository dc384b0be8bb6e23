/// A step's name in kebab case, as `--only`, events and the receipt have it.
public struct StepID: Sendable, Hashable, Comparable, Codable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name itself.
    public let name: String

    /// Names a step.
    public init(_ name: String) { self.name = name }

    /// Names a step in the source.
    public init(stringLiteral name: String) { self.name = name }

    /// The name itself.
    public var description: String { name }

    /// Alphabetical order.
    public static func < (left: StepID, right: StepID) -> Bool { left.name < right.name }

    /// Encodes as a plain string.
    public func encode(to encoder: any Encoder) throws { try name.encode(to: encoder) }

    /// Decodes a plain string.
    public init(from decoder: any Decoder) throws { name = try String(from: decoder) }
}
