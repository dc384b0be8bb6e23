/// Colours for what a line says, or none.
public struct LineStyle: Sendable {
    /// What a word means to its reader; the value is the code of ECMA-48's "select graphic rendition".
    package enum Meaning: String {
        case good = "32"
        case changed = "36"
        case warning = "33"
        case bad = "1;31"
        case minor = "2"
    }

    /// Colours are used.
    public let isColoured: Bool

    /// Lines with colours, or without.
    public init(isColoured: Bool) { self.isColoured = isColoured }

    /// A text without control characters, in its colour.
    package func paint(_ text: String, _ meaning: Meaning) -> String {
        isColoured && !text.isEmpty ? "\u{1b}[\(meaning.rawValue)m\(text)\u{1b}[0m" : text
    }
}
