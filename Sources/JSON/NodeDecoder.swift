internal import Platform

/// Hands a type the parts of a node.
struct NodeDecoder: Decoder {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ node: JSONNode, _ codingPath: [any CodingKey]) {
        self.node = node
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = node.kind else { throw TypeMismatch(.wrongType, at: codingPath) }
        return KeyedDecodingContainer(NodeMembers(members, codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = node.kind else { throw TypeMismatch(.wrongType, at: codingPath) }
        return NodeElements(elements, codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { NodeScalar(node: node, codingPath: codingPath) }
}

/// A value by itself: every number and text is read here in the end.
private struct NodeScalar: SingleValueDecodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { node.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .boolean(let value) = node.kind else { throw TypeMismatch(.wrongType, at: codingPath) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = node.kind else { throw TypeMismatch(.wrongType, at: codingPath) }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let digits) = node.kind, let number = Double(digits), number.isFinite else {
            throw TypeMismatch(.wrongType, at: codingPath)
        }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    func decode<Number: FixedWidthInteger & Decodable>(_ type: Number.Type) throws -> Number {
        guard case .number(let digits) = node.kind, let number = JSONNumber.whole(digits, as: type) else {
            throw TypeMismatch(.wrongType, at: codingPath)
        }
        return number
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try Value(from: NodeDecoder(node, codingPath))
    }
}

private struct NodeMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    /// From so many members on, they are looked up and not compared one by one.
    private static var many: Int { 16 }

    private let members: [JSONMember]
    private let places: [ByteKey: Int]?
    let codingPath: [any CodingKey]

    init(_ members: [JSONMember], _ codingPath: [any CodingKey]) {
        self.members = members
        self.codingPath = codingPath
        let isLarge = members.count > Self.many
        places =
            isLarge ? Dictionary(members.enumerated().map { (ByteKey($1.name), $0) }) { first, _ in first } : nil
    }

    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { node(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).node.kind == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: try decoder(key))
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Inner> { try decoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw TypeMismatch(.invalid, at: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func node(_ key: Key) -> JSONNode? {
        let name = key.stringValue
        if let places { return places[ByteKey(name)].map { members[$0].value } }
        return members.first { $0.name.hasSameBytes(as: name) }?.value
    }

    private func decoder(_ key: Key) throws -> NodeDecoder {
        guard let node = node(key) else { throw TypeMismatch(.missing, at: codingPath + [key]) }
        return NodeDecoder(node, codingPath + [key])
    }
}

private struct NodeElements: UnkeyedDecodingContainer {
    private let elements: [JSONNode]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(_ elements: [JSONNode], _ codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    private struct Index: CodingKey {
        let number: Int
        var stringValue: String { "\(number)" }
        var intValue: Int? { number }
        init(_ number: Int) { self.number = number }
        init?(stringValue: String) { nil }
        init?(intValue: Int) { nil }
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        let isNull = try peek().node.kind == .null
        if isNull { currentIndex += 1 }
        return isNull
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try Value(from: try peek())
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try superDecoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try superDecoder().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try peek()
        currentIndex += 1
        return decoder
    }

    private func peek() throws -> NodeDecoder {
        let path = codingPath + [Index(currentIndex)]
        guard !isAtEnd else { throw TypeMismatch(.missing, at: path) }
        return NodeDecoder(elements[currentIndex], path)
    }
}
