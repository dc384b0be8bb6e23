/// A set of ASCII characters, written as in a regular expression's brackets: `ByteSet("A-Za-z0-9._-")`.
struct ByteSet {
    static let digits = ByteSet("0-9")
    static let hexDigits = ByteSet("0-9A-Fa-f")
    static let lowerAlphanumeric = ByteSet("a-z0-9")
    static let label = ByteSet("A-Za-z0-9_-")

    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ brackets: StaticString) {
        let characters = brackets.withUTF8Buffer { Array($0) }
        var index = 0
        while index < characters.count {
            let isRange = index + 2 < characters.count && characters[index + 1] == UInt8(ascii: "-")
            let last = isRange ? characters[index + 2] : characters[index]
            for character in characters[index]...last { insert(character) }
            index += isRange ? 3 : 1
        }
    }

    private mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
    }

    func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    /// There is nothing in the text but these.
    func covers(_ text: some StringProtocol) -> Bool { text.utf8.allSatisfy(contains) }
}

extension StringProtocol {
    /// It holds a C0 control character or DEL: a line break, a NUL, an escape for the terminal.
    var hasControlCharacter: Bool { utf8.contains { $0 < 0x20 || $0 == 0x7f } }
}
