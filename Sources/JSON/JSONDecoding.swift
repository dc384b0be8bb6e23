extension Decodable {
    /// Reads a value from a JSON text.
    public init(json bytes: [UInt8]) throws(JSONError) {
        let node = try JSONNode(bytes)
        do { try self.init(from: NodeDecoder(node, [])) } catch { throw JSONError(error, in: node, of: bytes) }
    }

    /// Reads a value from a part of a JSON text; errors have no place.
    public init(json node: JSONNode) throws(JSONError) {
        do { try self.init(from: NodeDecoder(node, [])) } catch { throw JSONError(error, in: node, of: nil) }
    }
}

extension KeyedDecodingContainer {
    /// A field that may be left out, but not be null.
    public func decodeIfThere<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        contains(key) ? try decode(type, forKey: key) : nil
    }
}

extension Decoder {
    /// Refuses a field that the format does not have: it may mean something that would be left out.
    public func refuseOthers<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) throws {
        try refuseOthers(Set(Keys.allCases.map(\.stringValue)))
    }

    /// The same for fields that are read in several parts.
    public func refuseOthers(_ known: Set<String>) throws {
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw TypeMismatch(.unknown, at: codingPath + [key])
        }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A value that is not what it has to be.
struct TypeMismatch: Error {  // not told: JSONError has its words.
    let mismatch: JSONMismatch
    let path: [any CodingKey]

    init(_ mismatch: JSONMismatch, at path: [any CodingKey]) {
        self.mismatch = mismatch
        self.path = path
    }

    /// What a type says of itself when it cannot be read.
    fileprivate init(_ error: any Error) {
        if let typeMismatch = error as? TypeMismatch {
            self = typeMismatch
            return
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): self.init(.missing, at: context.codingPath + [key])
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(.wrongType, at: context.codingPath)
        case .dataCorrupted(let context): self.init(.invalid, at: context.codingPath)
        default: self.init(.invalid, at: [])
        }
    }
}

extension JSONError {
    fileprivate init(_ error: any Error, in node: JSONNode, of bytes: [UInt8]?) {
        let typeMismatch = TypeMismatch(error)
        var innermost: JSONNode? = node
        var (offset, steps): (Int, [String]) = (node.offset, [])
        for key in typeMismatch.path {
            if case .array(let elements)? = innermost?.kind, let index = key.intValue {
                steps.append("[\(index)]")
                innermost = elements.indices.contains(index) ? elements[index] : nil
            } else {
                steps.append(key.stringValue)
                innermost = innermost?[key.stringValue]
            }
            // What is missing is missing in what it should be in.
            offset = innermost?.offset ?? offset
        }
        let position = bytes.map { bytes in
            var position = JSONPosition(line: 1, column: 1)
            position.advance(over: bytes[..<offset])
            return position
        }
        self = .value(typeMismatch.mismatch, path: JSONPath.text(steps), position)
    }
}
