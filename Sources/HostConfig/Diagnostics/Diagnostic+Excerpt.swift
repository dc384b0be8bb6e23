extension Diagnostic {
    /// The line of the file that it is about, and a caret under the place; nil when there is no such line.
    ///
    /// Any text in it may be a secret, so of strings only names of fields are shown.
    public func excerpt(of source: [UInt8]) -> String? {
        let lines = source.split(separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
        guard line >= 1, line <= lines.count else { return nil }
        let text = String(decoding: lines[line - 1], as: UTF8.self).unicodeScalars.map { scalar -> Character in
            // One column each, whatever a terminal would make of it.
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? " " : Character(scalar)
        }
        guard column - 1 <= text.count else { return nil }
        let hidden = Self.hidingValues(text)
        // A long line is shown from shortly before the place on.
        let start = max(0, min(column - 1 - 60, hidden.count - 100))
        let shown = hidden[start..<min(hidden.count, start + 100)]
        return "    \(String(shown))\n    \(String(repeating: " ", count: column - 1 - start))^"
    }

    /// Whatever somebody may have taken for a quote, so that what follows may be a secret.
    private static let quotes = Set<Character>("\"'`´“”„‟‘’‚‛«»‹›″′＂＇「」")

    /// Replaces what stands in strings that no colon follows.
    private static func hidingValues(_ text: [Character]) -> [Character] {
        var text = text
        var index = 0
        while index < text.count {
            guard Self.quotes.contains(text[index]) else {
                index += 1
                continue
            }
            let start = index + 1
            var end = start
            // Plain quotes are closed by plain ones; any other quote may be closed by any.
            let isPlain = text[index] == "\""
            while end < text.count, isPlain ? text[end] != "\"" : !Self.quotes.contains(text[end]) {
                end += text[end] == "\\" ? 2 : 1
            }
            let isName = text[min(end + 1, text.count)...].first { $0 != " " } == ":"
            if !isName { for place in start..<min(end, text.count) { text[place] = "•" } }
            index = end + 1
        }
        return text
    }
}
