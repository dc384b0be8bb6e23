/// A value of the config file and where it stands in it.
struct JSONValue {
    enum Kind {
        case null
        case boolean(Bool)
        /// The digits as written: what they mean is for the reader of the field.
        case number(String)
        case string(String)
        case array([JSONValue])
        case object([JSONMember])
        /// Something that was diagnosed already and of which nothing more is to be said.
        case invalid
    }

    let kind: Kind
    /// Byte offset of its first character.
    let offset: Int

    /// What diagnostics call it.
    var words: String {
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
struct JSONMember {
    let name: String
    /// Byte offset of the name's opening quote.
    let offset: Int
    let value: JSONValue
}
