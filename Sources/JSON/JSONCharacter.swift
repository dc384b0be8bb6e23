/// A character that stands where none of its kind may: named, and shown if that is possible.
public enum JSONCharacter: Sendable, Equatable, CustomStringConvertible {
    /// There is nothing more.
    case end
    /// A character.
    case scalar(UnicodeScalar)
    /// A byte that is no UTF-8.
    case byte(UInt8)

    /// The one that the bytes begin with.
    init(_ bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else {
            self = .end
            return
        }
        let count = UTF8Sequence.length(bytes)
        self =
            String(decoding: bytes.prefix(count), as: UTF8.self).unicodeScalars.first.map { .scalar($0) }
            ?? .byte(first)
    }

    /// `"x"`, `“ (U+201C LEFT DOUBLE QUOTATION MARK)`, `U+200B ZERO WIDTH SPACE`.
    public var description: String {
        switch self {
        case .end: return "the end of the file"
        case .byte(let byte): return "the byte 0x\(String(byte, radix: 16)), which is no UTF-8"
        case .scalar(let scalar):
            if scalar.isASCII { return "\"\(Self.escaped(scalar))\"" }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let code = "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
            let name = [code, scalar.properties.name].compactMap(\.self).joined(separator: " ")
            return Self.isVisible(scalar) ? "\(scalar) (\(name))" : name
        }
    }

    /// Itself, or `\u001b` when it would not be seen or would move what stands beside it.
    static func escaped(_ scalar: UnicodeScalar) -> String {
        if scalar.value == 0x20 || isVisible(scalar) { return String(scalar) }
        return UTF16.encode(scalar).map { units in
            units.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        } ?? ""
    }

    /// It takes a place of its own on paper.
    private static func isVisible(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
            false
        default: true
        }
    }
}
