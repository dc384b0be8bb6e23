extension JSONParser {
    /// Reads a string from its opening quote; nil when it was diagnosed.
    mutating func parseString() -> String? {
        let start = at
        at += 1
        var content: [UInt8] = []
        var isGood = true
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return isGood ? decode(content, from: start) : nil
            case UInt8(ascii: "\\"):
                if !parseEscape(into: &content) { isGood = false }
            case 0x0a, 0x0d:
                report(start, "the string is not closed on its line; a line break in it is written \\n")
                return nil
            case 0..<0x20:
                report(at, "a control character in a string is written \\u\(Quoting.hex4(UInt16(byte)))")
                isGood = false
                at += 1
            default:
                content.append(byte)
                at += 1
            }
        }
        stop(start, "the string is never closed")
        return nil
    }

    private func decode(_ content: [UInt8], from start: Int) -> String? {
        guard let text = String(validating: content, as: UTF8.self) else {
            findings.add(.encoding, at: start, path: "", "the string is not valid UTF-8")
            return nil
        }
        return text
    }

    /// Reads what follows a backslash; false when it was diagnosed.
    private mutating func parseEscape(into content: inout [UInt8]) -> Bool {
        let start = at
        at += 1
        guard let letter = next else { return false }
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): return parseUnicodeEscape(from: start, into: &content)
        default:
            at -= 1
            report(start, "unknown escape; a backslash is written \\\\")
            return false
        }
        return true
    }

    private mutating func parseUnicodeEscape(from start: Int, into content: inout [UInt8]) -> Bool {
        guard let first = takeHex4() else {
            report(start, "\\u takes four hexadecimal digits")
            return false
        }
        var scalar = UInt32(first)
        if UTF16.isLeadSurrogate(first), bytes[at...].starts(with: "\\u".utf8) {
            let before = at
            at += 2
            if let second = takeHex4(), UTF16.isTrailSurrogate(second) {
                scalar = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
            } else {
                at = before
            }
        }
        guard let character = UnicodeScalar(scalar) else {
            report(start, "half a surrogate pair stands alone")
            return false
        }
        content.append(contentsOf: String(character).utf8)
        return true
    }

    private mutating func takeHex4() -> UInt16? {
        let digits = bytes[at...].prefix(4)
        guard digits.count == 4, digits.allSatisfy(ByteSet.hexDigits.contains) else { return nil }
        at += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// Reports a string in single quotes and reads over it.
    mutating func parseSingleQuoted() -> String? {
        let start = at
        report(start, "strings need double quotes")
        at += 1
        let content = bytes[at...].prefix { $0 != UInt8(ascii: "'") && $0 != 0x0a }
        at = content.endIndex
        guard take(UInt8(ascii: "'")) else {
            giveUp()
            return nil
        }
        return String(decoding: content, as: UTF8.self)
    }
}
