/// Single values, each read whole. One of another kind is a ``JSONError/value(_:path:_:)``.
extension JSONReader {
    /// Reads a string.
    public mutating func string() throws(JSONError) -> String {
        try skipSpace()
        guard try next() == UInt8(ascii: "\""), try scanString() else { throw try notThat() }
        return lastString
    }

    /// Reads a whole number; `1.0` and `1e2` are whole, too.
    public mutating func integer() throws(JSONError) -> Int64 {
        try skipSpace()
        let start = offset
        guard let first = try next(), JSONNumber.begins(with: first) else { throw try notThat() }
        guard case .number = try scanWord(), let number = JSONNumber.whole(lastString, as: Int64.self) else {
            throw mismatch(.wrongType, at: start)
        }
        return number
    }

    /// Reads a value if it is `null`.
    public mutating func takeNull() throws(JSONError) -> Bool {
        try skipSpace()
        guard try next() == UInt8(ascii: "n") else { return false }
        _ = try scanWord()
        return true
    }

    /// Reads over a value, which must be good JSON all the same.
    public mutating func skip() throws(JSONError) {
        var nothing: [UInt8] = []
        try walk(into: &nothing, isKept: false)
    }

    /// Reads a value and appends it as it is written, but for white space between its parts.
    public mutating func copy(to output: inout [UInt8]) throws(JSONError) {
        try walk(into: &output, isKept: true)
    }

    /// The same; returns what a string says, and nil for another value.
    public mutating func copyString(to output: inout [UInt8]) throws(JSONError) -> String? {
        try skipSpace()
        let isString = try next() == UInt8(ascii: "\"")
        try walk(into: &output, isKept: true)
        return isString ? lastString : nil
    }

    /// The elements of an array that is a whole text, as they are written.
    public static func elements(of array: [UInt8]) throws(JSONError) -> [ArraySlice<UInt8>] {
        var reader = JSONReader(array)
        var elements: [ArraySlice<UInt8>] = []
        try reader.beginArray()
        while try reader.nextElement() {
            try reader.skipSpace()
            let start = reader.offset
            try reader.skip()
            elements.append(array[start..<reader.offset])
        }
        try reader.finish()
        return elements
    }

    /// Reads a value with all that is in it.
    public mutating func node() throws(JSONError) -> JSONNode {
        try skipSpace()
        let start = offset
        let kind: JSONNode.Kind
        switch try next() {
        case nil:
            try stop(.expected("a value", found: .end), at: start)
            kind = .invalid
        case UInt8(ascii: "{"): kind = try object()
        case UInt8(ascii: "["): kind = try array()
        case UInt8(ascii: "\""): kind = try scanString() ? .string(lastString) : .invalid
        default:
            kind =
                switch try scanWord() {
                case .null: .null
                case .boolean(let value): .boolean(value)
                case .number: .number(lastString)
                case .invalid: .invalid
                }
        }
        return JSONNode(kind, at: start)
    }

    /// Reads to the end of the text, where nothing but white space may be.
    public mutating func finish() throws(JSONError) {
        try skipSpace()
        if !hasStopped, try next() != nil { try stop(.expected("the end of the file", found: try found()), at: offset) }
    }

    // MARK: Parts

    /// The error that another kind of value stands there, or that there is none.
    mutating func notThat() throws(JSONError) -> JSONError {
        let error = mismatch(.wrongType)
        try skip()
        return error
    }

    private mutating func object() throws(JSONError) -> JSONNode.Kind {
        guard try enter(UInt8(ascii: "{")) else { return .invalid }
        var members: [JSONMember] = []
        while let (name, offset) = try nextMember() {
            let value = try node()
            members.append(JSONMember(name ?? "", at: offset, name == nil ? JSONNode(.invalid, at: offset) : value))
        }
        return .object(members)
    }

    private mutating func array() throws(JSONError) -> JSONNode.Kind {
        guard try enter(UInt8(ascii: "[")) else { return .invalid }
        var elements: [JSONNode] = []
        while try nextElement() { elements.append(try node()) }
        return .array(elements)
    }

    private mutating func walk(into output: inout [UInt8], isKept: Bool) throws(JSONError) {
        try skipSpace()
        switch try next() {
        case UInt8(ascii: "{"): try walkObject(into: &output, isKept: isKept)
        case UInt8(ascii: "["): try walkArray(into: &output, isKept: isKept)
        case UInt8(ascii: "\""):
            _ = try scanString()
            if isKept { output.append(contentsOf: lastStringAsWritten) }
        default:
            _ = try scanWord()
            if isKept { output.append(contentsOf: bytes[content]) }
        }
    }

    private var lastStringAsWritten: ArraySlice<UInt8> { bytes[(content.lowerBound - 1)...content.upperBound] }

    private mutating func walkObject(into output: inout [UInt8], isKept: Bool) throws(JSONError) {
        _ = try enter(UInt8(ascii: "{"))
        if isKept { output.append(UInt8(ascii: "{")) }
        var isFirst = true
        while try nextNameString() {
            if isKept {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                output.append(contentsOf: lastStringAsWritten)
                output.append(UInt8(ascii: ":"))
            }
            isFirst = false
            _ = try takeColon()
            try walk(into: &output, isKept: isKept)
        }
        if isKept { output.append(UInt8(ascii: "}")) }
    }

    private mutating func walkArray(into output: inout [UInt8], isKept: Bool) throws(JSONError) {
        _ = try enter(UInt8(ascii: "["))
        if isKept { output.append(UInt8(ascii: "[")) }
        var isFirst = true
        while try nextElement() {
            if isKept, !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            try walk(into: &output, isKept: isKept)
        }
        if isKept { output.append(UInt8(ascii: "]")) }
    }
}
