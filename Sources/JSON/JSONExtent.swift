extension JSONNode {
    /// The bytes that it is written with in the text that it was read from, which was whole.
    public func extent(in source: [UInt8]) -> Range<Int> {
        switch kind {
        case .string: offset..<Self.endOfString(at: offset, in: source)
        case .array(let elements): offset..<Self.end(after: elements.last, of: self, in: source, "]")
        case .object(let members): offset..<Self.end(after: members.last?.value, of: self, in: source, "}")
        case .null, .boolean, .number, .invalid: offset..<Self.endOfWord(at: offset, in: source)
        }
    }

    private static func endOfString(at begin: Int, in source: [UInt8]) -> Int {
        var end = begin + 1
        while end < source.count, source[end] != UInt8(ascii: "\"") {
            end += source[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(end + 1, source.count)
    }

    private static func endOfWord(at begin: Int, in source: [UInt8]) -> Int {
        let inWords = "+-.0123456789abcdefghijklmnopqrstuvwxyzE".utf8
        return source[begin...].firstIndex { !inWords.contains($0) } ?? source.count
    }

    /// Behind its last value only blanks stand before the bracket.
    private static func end(
        after last: JSONNode?, of node: JSONNode, in source: [UInt8], _ bracket: Unicode.Scalar
    ) -> Int {
        let from = last.map { $0.extent(in: source).upperBound } ?? node.offset
        return source[from...].firstIndex(of: UInt8(ascii: bracket)).map { $0 + 1 } ?? source.count
    }
}
