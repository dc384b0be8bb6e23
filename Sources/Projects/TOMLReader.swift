internal import Platform

/// Where and why a text is no TOML.
struct TOMLError: Error, Equatable {  // not told: ProjectError has its words.
    let line: Int
    let words: String
}

/// Reads TOML (toml.io, 1.0), of which it keeps texts of one line.
///
/// All else is passed over, but by the grammar: what stands in a text of several lines is no key.
struct TOMLReader {
    private static let deepest = 32

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var values: [[String]: String?] = [:]

    /// Every value by its whole path, nil where it is no text of one line; that of an element of `[[NAME]]` begins with `NAME[]`.
    static func values(in text: String) throws(TOMLError) -> [[String]: String?] {
        var reader = TOMLReader(bytes: Array(text.utf8))
        try reader.readAll()
        return reader.values
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    // MARK: Lines

    private mutating func readAll() throws(TOMLError) {
        var table: [String] = []
        while true {
            skipLines()
            guard let byte = next else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try pair(in: table, depth: 0)
            }
            skipBlanks()
            skipComment()
            guard next == nil || next == UInt8(ascii: "\n") else { throw mistake("something stands behind it") }
        }
    }

    private mutating func header() throws(TOMLError) -> [String] {
        at += 1
        let isElement = take("[")
        var path = try key()
        if isElement { path[0] += "[]" }
        guard take("]"), !isElement || take("]") else { throw mistake("a table's name has no closing bracket") }
        return path
    }

    private mutating func pair(in table: [String], depth: Int) throws(TOMLError) {
        let path = table + (try key())
        guard take("=") else { throw mistake("there is no \"=\" behind the key") }
        skipBlanks()
        let value = try value(at: path, depth: depth)
        // Elements of one list may well have the same keys.
        guard values.updateValue(value, forKey: path) == nil || path[0].hasLastBytes("[]") else {
            throw mistake("\(path.joined(separator: ".")) stands there twice")
        }
    }

    private mutating func key() throws(TOMLError) -> [String] {
        var path: [String] = []
        repeat {
            skipBlanks()
            switch next {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): path.append(try text())
            default:
                let start = at
                while let byte = next, String(decoding: [byte], as: UTF8.self).isAlphanumeric(or: "_-") { at += 1 }
                guard at > start else { throw mistake("a key is expected") }
                path.append(String(decoding: bytes[start..<at], as: UTF8.self))
            }
            skipBlanks()
        } while take(".")
        return path
    }

    // MARK: Values

    private mutating func value(at path: [String], depth: Int) throws(TOMLError) -> String? {
        guard depth < Self.deepest else { throw mistake("is nested too deeply") }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if let quote = next, bytes[at...].starts(with: [quote, quote, quote]) {
                try skipLongText(quote)
                return nil
            }
            return try text()
        case UInt8(ascii: "["):
            try list(depth: depth)
            return nil
        case UInt8(ascii: "{"):
            try inlineTable(at: path, depth: depth)
            return nil
        default:
            let start = at
            while let byte = next, !",]}#\n".utf8.contains(byte) { at += 1 }
            guard bytes[start..<at].contains(where: { $0 > 0x20 }) else { throw mistake("a value is expected") }
            return nil
        }
    }

    private mutating func list(depth: Int) throws(TOMLError) {
        at += 1
        while true {
            skipLines()
            if take("]") { return }
            // What is in it has no path of its own.
            _ = try value(at: ["[]"], depth: depth + 1)
            skipLines()
            if take(",") { continue }
            guard take("]") else { throw mistake("a list has neither comma nor closing bracket") }
            return
        }
    }

    private mutating func inlineTable(at path: [String], depth: Int) throws(TOMLError) {
        at += 1
        skipBlanks()
        if take("}") { return }
        repeat { try pair(in: path, depth: depth + 1) } while takeAfterBlanks(",")
        guard takeAfterBlanks("}") else { throw mistake("a table in one line does not end") }
    }

    /// A text of one line, in double quotes with escapes or in single ones without.
    private mutating func text() throws(TOMLError) -> String {
        let quote = bytes[at]
        at += 1
        var result: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\n") {
            at += 1
            if byte == quote { return String(decoding: result, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                result += Array(String(try escaped()).utf8)
            } else {
                guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
                    throw mistake("a control character in a text")
                }
                result.append(byte)
            }
        }
        throw mistake("a text does not end")
    }

    private mutating func escaped() throws(TOMLError) -> Unicode.Scalar {
        guard let byte = next else { throw mistake("a text does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = bytes[at...].prefix(byte == UInt8(ascii: "u") ? 4 : 8)
            at += digits.count
            let text = String(decoding: digits, as: UTF8.self)
            guard text.allSatisfy(\.isHexDigit), let scalar = UInt32(text, radix: 16).flatMap(Unicode.Scalar.init)
            else {
                throw mistake("an escape that is no character")
            }
            return scalar
        default: throw mistake("an escape that TOML does not have")
        }
    }

    /// Between three quotes; up to two more before the last three are the text's own.
    private mutating func skipLongText(_ quote: UInt8) throws(TOMLError) {
        at += 3
        while let byte = next {
            if byte == UInt8(ascii: "\n") { line += 1 }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                at += 1
                if next == UInt8(ascii: "\n") { line += 1 }
            } else if bytes[at...].starts(with: [quote, quote, quote]) {
                at += 3
                for _ in 0..<2 where next == quote { at += 1 }
                return
            }
            at += 1
        }
        throw mistake("a text does not end")
    }

    // MARK: Characters

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func takeAfterBlanks(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        return take(character)
    }

    private mutating func skipBlanks() {
        while let byte = next, [0x20, 0x09, 0x0d].contains(byte) { at += 1 }
    }

    private mutating func skipComment() {
        guard next == UInt8(ascii: "#") else { return }
        while let byte = next, byte != UInt8(ascii: "\n") { at += 1 }
    }

    private mutating func skipLines() {
        while true {
            skipBlanks()
            skipComment()
            guard take("\n") else { return }
            line += 1
        }
    }

    private func mistake(_ words: String) -> TOMLError { TOMLError(line: line, words: words) }
}
