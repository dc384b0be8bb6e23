import JSON

extension JSONValue {
    /// Reads what the hub answers.
    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONNode(bytes) else { return nil }
        self.init(node)
    }

    private init(_ node: JSONNode) {
        switch node.kind {
        case .null, .invalid: self = .null
        case .boolean(let value): self = .bool(value)
        case .number(let digits): self = Int64(digits).map { .integer($0) } ?? .number(Double(digits) ?? .nan)
        case .string(let text): self = .string(text)
        case .array(let values): self = .array(values.map { JSONValue($0) })
        case .object(let members):
            self = .object(Dictionary(members.map { ($0.name, JSONValue($0.value)) }) { first, _ in first })
        }
    }

    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    subscript(index: Int) -> JSONValue? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
