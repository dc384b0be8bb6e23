internal import Platform

/// A value of a text and where it stands in it.
public struct JSONNode: Sendable, Equatable {
    /// What it is.
    public enum Kind: Sendable, Equatable {
        /// `null`.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// The digits as written: what they mean is for the reader of the field.
        case number(String)
        /// A string, its escapes resolved.
        case string(String)
        /// An array.
        case array([JSONNode])
        /// An object, its members in the order of the text.
        case object([JSONMember])
        /// Something that was diagnosed already and of which nothing more is to be said.
        case invalid
    }

    /// What it is.
    public let kind: Kind
    /// Byte offset of its first character.
    public let offset: Int

    /// Makes one.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// Reads a text, which must be one value.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try reader.node()
        try reader.finish()
    }

    /// Reads a text and goes on after the mistakes that people make, to tell them all at once.
    ///
    /// Where nobody can tell what was meant it stops: what was read until then stands, and `isWhole` is false. Names that stand
    /// twice are no mistake here.
    public static func survey(_ bytes: [UInt8]) -> (node: JSONNode, mistakes: [JSONMistake], isWhole: Bool) {
        var reader = JSONReader(recovering: bytes)
        do throws(JSONError) {
            let node = try reader.node()
            try reader.finish()
            return (node, reader.mistakes, !reader.hasStopped)
        } catch {
            // Only a limit or a file could throw, and there is none.
            return (JSONNode(.invalid, at: 0), reader.mistakes, false)
        }
    }

    /// The value of a member of an object; nil when there is none, or this is no object.
    public subscript(name: String) -> JSONNode? {
        guard case .object(let members) = kind else { return nil }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// What a string says; nil for another value.
    public var text: String? {
        guard case .string(let text) = kind else { return nil }
        return text
    }

    /// What diagnostics call it.
    public var words: String {
        switch kind {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        case .invalid: "nothing readable"
        }
    }
}

/// A name and its value in an object.
public struct JSONMember: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Byte offset of the name's opening quote.
    public let offset: Int
    /// Its value.
    public let value: JSONNode

    /// Makes one.
    public init(_ name: String, at offset: Int, _ value: JSONNode) {
        self.name = name
        self.offset = offset
        self.value = value
    }
}
