internal import Platform

/// How results for people are laid out on standard output.
package struct TextShape: Sendable {
    /// Colours, or none.
    let style: LineStyle
    /// The width at which lines are wrapped; nil where nobody looks at a window.
    let columns: Int?

    /// For a descriptor, in its window if it is a terminal.
    package init(style: LineStyle, of descriptor: Int32) {
        self.init(style: style, columns: Terminal(descriptor)?.size.columns)
    }

    init(style: LineStyle, columns: Int?) {
        self.style = style
        self.columns = columns
    }

    /// A text behind an indent and a mark, wrapped at words beneath its own beginning; what it brings along is made harmless.
    func paragraph(_ indent: Int, _ mark: String, _ meaning: LineStyle.Meaning, _ text: String) -> [String] {
        var lines = paragraph(indent + mark.displayWidth + 1, text)
        let rest = lines[0].drop { $0 == " " }
        lines[0] = "\(String(repeating: " ", count: indent))\(style.paint(mark, meaning)) \(rest)"
        return lines
    }

    /// A text behind an indent; at least one line.
    func paragraph(_ indent: Int, _ text: String) -> [String] {
        let lines = text.withControlsShown.byteLines.flatMap { wrap(String($0), at: columns.map { $0 - indent }) }
        return (lines.isEmpty ? [""] : lines).map { String(repeating: " ", count: indent) + $0 }
    }

    /// At words; a word that is wider than the window stays whole, so that it can be copied.
    private func wrap(_ line: String, at width: Int?) -> [String] {
        guard let width, width >= 20, line.displayWidth > width else { return [line] }
        var lines: [String] = []
        var current = ""
        for word in line.parts(at: " ") {
            let longer = current.isEmpty ? String(word) : "\(current) \(word)"
            if longer.displayWidth > width, !current.isEmpty {
                lines.append(current)
                current = String(word)
            } else {
                current = longer
            }
        }
        return lines + [current]
    }
}
