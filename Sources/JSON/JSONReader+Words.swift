/// Numbers, `true`, `false`, `null`, and whatever else is written without quotes.
extension JSONReader {
    enum Word {
        case null
        case boolean(Bool)
        case number
        case invalid
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Reads a word; it stands in the window at `content`, until more is read.
    mutating func takeWord() throws(JSONError) {
        mark = at
        defer { mark = .max }
        while let byte = try next(), Self.isWordByte(byte) { at += 1 }
        content = mark..<at
        hasEscapes = false
    }

    /// Reads a word and says what it is; what is none of JSON's is diagnosed.
    mutating func scanWord() throws(JSONError) -> Word {
        let start = offset
        try takeWord()
        let word = bytes[content]
        guard let first = word.first else {
            if try next() == UInt8(ascii: "'") {
                _ = try takeSingleQuoted()
                return .invalid
            }
            try report(.expected("a value", found: try found()), at: start)
            return .invalid
        }
        switch first {
        case _ where JSONNumber.begins(with: first):
            if JSONNumber.isValid(word) { return .number }
        case UInt8(ascii: "t") where word.elementsEqual("true".utf8): return .boolean(true)
        case UInt8(ascii: "f") where word.elementsEqual("false".utf8): return .boolean(false)
        case UInt8(ascii: "n") where word.elementsEqual("null".utf8): return .null
        default: break
        }
        try report(Self.problem(of: word), at: start)
        return .invalid
    }

    private static func problem(of word: ArraySlice<UInt8>) -> JSONProblem {
        let lowercased = String(decoding: word, as: UTF8.self).lowercased()
        if ["true", "false", "null"].contains(lowercased) { return .notLowerCase(lowercased) }
        let isLikeNumber = word.first.map { JSONNumber.begins(with: $0) || ".+".utf8.contains($0) } ?? false
        return isLikeNumber ? .notANumber : .bareString
    }
}

/// Numbers as JSON writes them.
public enum JSONNumber {
    static func begins(with byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The grammar of RFC 8259, section 6.
    static func isValid(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        func digits() -> Int {
            let run = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(run)
            return run
        }
        func take(_ one: UInt8, or other: UInt8? = nil) -> Bool {
            guard let first = rest.first, first == one || first == other else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take(UInt8(ascii: "-"))
        let leadsWithZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, whole == 1 || !leadsWithZero else { return false }
        if take(UInt8(ascii: ".")), digits() == 0 { return false }
        if take(UInt8(ascii: "e"), or: UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+"), or: UInt8(ascii: "-"))
            if digits() == 0 { return false }
        }
        return rest.isEmpty
    }

    /// What a number says, if it is whole and fits; `1.0` and `1e2` are whole, too, as in JSON Schema.
    public static func whole<Number: FixedWidthInteger>(_ digits: String, as type: Number.Type = Int.self) -> Number? {
        if let number = Number(digits) { return number }
        guard let number = Double(digits), abs(number) < 0x1p53 else { return nil }
        return Number(exactly: number)
    }
}
