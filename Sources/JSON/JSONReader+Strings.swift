extension JSONReader {
    /// Reads a string from its opening quote; false when it was diagnosed.
    ///
    /// What it says is then in `lastString`, until more is read.
    mutating func scanString() throws(JSONError) -> Bool {
        let start = offset
        mark = at
        defer { mark = .max }
        at += 1
        hasEscapes = false
        var isGood = true
        while true {
            let begin = at
            while at < end, Self.isPlain(bytes[at]) { at += 1 }
            if hasEscapes { unescaped.append(contentsOf: bytes[begin..<at]) }
            guard let byte = try next() else {
                try stop(.unclosedString, at: start)
                return false
            }
            switch byte {
            case UInt8(ascii: "\""):
                content = (mark + 1)..<at
                at += 1
                return isGood
            case UInt8(ascii: "\\"):
                if !hasEscapes { beginEscapes() }
                if try !takeEscape() { isGood = false }
            case 0x0a, 0x0d:
                try report(.lineBreakInString, at: start)
                return false
            case ..<0x20:
                try report(.controlCharacter(byte), at: offset)
                isGood = false
                at += 1
            case 0x80...:
                if try !takeSequence(ofStringAt: start) { isGood = false }
            default: break
            }
        }
    }

    /// The string that was read last.
    var lastString: String {
        hasEscapes
            ? String(decoding: unescaped, as: UTF8.self) : String(decoding: bytes[content], as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func beginEscapes() {
        hasEscapes = true
        unescaped.removeAll(keepingCapacity: true)
        unescaped.append(contentsOf: bytes[(mark + 1)..<at])
    }

    /// Reads a character of several bytes; false when there is none.
    private mutating func takeSequence(ofStringAt start: Int) throws(JSONError) -> Bool {
        let sequence = try look(ahead: 4)
        let length = UTF8Sequence.length(sequence)
        if length == 0 { try report(.notUTF8, at: start) }
        if hasEscapes { unescaped.append(contentsOf: sequence.prefix(length)) }
        at += max(length, 1)
        return length > 0
    }

    /// Reads an escape from its backslash; false when it was diagnosed.
    private mutating func takeEscape() throws(JSONError) -> Bool {
        let start = offset
        at += 1
        guard let letter = try next() else { return false }
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0c)
        case UInt8(ascii: "n"): unescaped.append(0x0a)
        case UInt8(ascii: "r"): unescaped.append(0x0d)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): return try takeUnicodeEscape(from: start)
        default:
            at -= 1
            try report(.unknownEscape, at: start)
            return false
        }
        return true
    }

    private mutating func takeUnicodeEscape(from start: Int) throws(JSONError) -> Bool {
        guard let first = Self.hex4(try look(ahead: 4)) else {
            try report(.badUnicodeEscape, at: start)
            return false
        }
        at += 4
        var scalar = UInt32(first)
        if UTF16.isLeadSurrogate(first) {
            let pair = try look(ahead: 6)
            if pair.starts(with: "\\u".utf8), let second = Self.hex4(pair.dropFirst(2)), UTF16.isTrailSurrogate(second)
            {
                scalar = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
                at += 6
            }
        }
        guard let character = UnicodeScalar(scalar) else {
            try report(.loneSurrogate, at: start)
            return false
        }
        unescaped.append(contentsOf: UTF8.encode(character) ?? .init())
        return true
    }

    /// What four hexadecimal digits say; nil when they are none.
    private static func hex4(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.count == 4 else { return nil }
        var number: UInt16 = 0
        for digit in digits {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            number = number << 4 | UInt16(value)
        }
        return number
    }
}
