/// Lines of a help text, none wider than a terminal of 80 columns.
public enum HelpText {
    private static let width = 80

    /// A name with what it means beside it, from a column on.
    public static func row(_ name: String, _ meaning: String, column: Int) -> String {
        let indent = String(repeating: " ", count: column)
        let lines = wrapped(meaning, width - column)
        let start = "  \(name)"
        let first =
            start.count < column
            ? start + String(repeating: " ", count: column - start.count) + (lines.first ?? "")
            : "\(start)\n\(indent)\(lines.first ?? "")"
        return ([first] + lines.dropFirst().map { indent + $0 }).joined(separator: "\n")
    }

    /// Sentences, broken between words.
    public static func paragraph(_ text: String) -> String { wrapped(text, width).joined(separator: "\n") }

    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
