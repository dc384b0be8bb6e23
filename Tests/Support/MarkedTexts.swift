/// Texts in which a special character and what stands beside it are one character to Swift, and several to a machine.
public enum MarkedTexts {
    /// Two combining accents, a joiner, an enclosing circle and a variation selector.
    public static let marks = ["\u{301}", "\u{338}", "\u{200d}", "\u{20dd}", "\u{fe0f}"]

    /// Every character of ASCII that is no letter or digit, a tab, a line's end and a carriage return, each with every mark.
    public static let all: [String] = specials.flatMap { special in
        marks.flatMap { mark in
            let pair = special + mark
            return [pair, "a\(pair)b", "\(special)\(pair)", "\(mark)\(pair)\(special)"]
        } + ["a\(special)b", "\(special)\n", "\r\n\(special)"]
    }

    private static let specials: [String] =
        (0x20..<0x7f).map { Unicode.Scalar($0) }
        .filter { !("a"..."z").contains($0) && !("A"..."Z").contains($0) && !("0"..."9").contains($0) }
        .map { String(Character($0)) } + ["\t", "\n", "\r"]

    /// Texts that run a command where a quotation mark with a mark behind it is taken for none.
    public static func attacks(_ command: String) -> [String] {
        ["\"", "'", "`", "$", "\\", ";", "\n", "%", "@"].flatMap { special in
            marks.map { "\(special)\($0); \(command); $(\(command)) `\(command)` \(special)\($0)" }
        }
    }
}
