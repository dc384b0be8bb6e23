extension KeyedDecodingContainer {
    /// A field that may be left out, but not be null.
    func decodeIfThere<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        contains(key) ? try decode(type, forKey: key) : nil
    }
}

extension Decoder {
    /// Refuses a field that the format does not have: it may mean something that would be left out.
    func refuseOthers<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) throws {
        let known = Set(Keys.allCases.map(\.stringValue))
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath + [key], debugDescription: "unknown"))
        }
    }
}

struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init(_ key: some CodingKey) { stringValue = key.stringValue }
    init?(intValue: Int) { nil }
}
