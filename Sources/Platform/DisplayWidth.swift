extension String {
    /// How many columns of a terminal it takes, each scalar by itself, as terminals and `wcwidth` count; for text without
    /// control characters.
    public var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }

    /// As much of its beginning as fits into so many columns; what is cut is told by a last `…`.
    public func cut(toWidth columns: Int) -> String {
        guard displayWidth > columns else { return self }
        guard columns > 0 else { return "" }
        var text = UnicodeScalarView()
        var width = 1
        for scalar in unicodeScalars {
            width += scalar.displayWidth
            if width > columns { break }
            text.append(scalar)
        }
        return String(text) + "…"
    }

    /// The text and spaces behind it up to so many columns; a wider one stays whole.
    public func padded(toWidth columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - displayWidth))
    }
}

extension Unicode.Scalar {
    /// East Asian Wide and Fullwidth, blocks as a whole (Unicode Standard Annex 11, EastAsianWidth.txt), emoji among them.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615,
        0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97C,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x17000...0x18CFF, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return Self.wide.contains { $0.contains(value) } ? 2 : 1
        }
    }
}
