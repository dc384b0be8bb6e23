/// Text of the config in a diagnostic: one line, bounded, and no control of the terminal.
enum Quoting {
    static let limit = 60

    /// In double quotes, shortened to `limit` characters.
    static func quote(_ text: some StringProtocol) -> String {
        let start = text.unicodeScalars.prefix(limit + 1)
        guard start.count > limit else { return "\"\(escape(String(text)))\"" }
        return "\"\(escape(String(String.UnicodeScalarView(start.prefix(limit)))))…\""
    }

    /// Control and invisible formatting characters written as `\u001b`.
    static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isHidden(scalar) {
                for unit in UTF16.encode(scalar) ?? .init() { result += "\\u\(hex4(unit))" }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Four hexadecimal digits.
    static func hex4(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    private static func isHidden(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
