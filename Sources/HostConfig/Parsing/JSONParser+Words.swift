/// Numbers, `true`, `false`, `null`, and whatever else is written without quotes.
extension JSONParser {
    static let wordBytes = ByteSet("A-Za-z0-9_.+-")
    static let openingBytes = ByteSet("\"'{[")
    private static let numberBytes = ByteSet("0-9.+-")

    mutating func takeWord() -> String {
        let start = at
        while let byte = next, Self.wordBytes.contains(byte) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    mutating func parseWord() -> JSONValue.Kind {
        let start = at
        let word = takeWord()
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case "":
            report(start, "expected a value, found \(found)")
            return .invalid
        default: break
        }
        if Self.isNumber(word) { return .number(word) }
        let lowercased = word.lowercased()
        if ["true", "false", "null"].contains(lowercased) {
            report(start, "expected \(lowercased), which is written in lower case")
        } else if Self.numberBytes.contains(bytes[start]) {
            report(start, "this is not a number as JSON writes it")
        } else {
            // The word itself may be a secret whose quotes were forgotten.
            report(start, "expected a value; a string needs double quotes")
        }
        return .invalid
    }

    /// The grammar of RFC 8259, section 6.
    static func isNumber(_ word: String) -> Bool {
        var rest = word.utf8[...]
        func digits() -> Int {
            let run = rest.prefix { ByteSet.digits.contains($0) }.count
            rest = rest.dropFirst(run)
            return run
        }
        func take(_ letters: StaticString) -> Bool {
            guard let first = rest.first, letters.withUTF8Buffer({ $0.contains(first) }) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("-")
        let leadsWithZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, whole == 1 || !leadsWithZero else { return false }
        if take("."), digits() == 0 { return false }
        if take("eE") {
            _ = take("+-")
            if digits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
