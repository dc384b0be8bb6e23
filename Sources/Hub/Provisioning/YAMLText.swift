internal import Platform

/// Texts as YAML 1.1 has them, in ASCII whatever they hold.
enum YAMLText {
    /// A script as a block that people can read, for a field whose lines begin with so many blanks; in double quotes
    /// where a block would change it.
    static func block(_ text: String, after indentation: Int) -> String {
        guard text.isPlain, text.hasLastBytes("\n"), !text.hasLastBytes("\n\n"), !text.hasFirstBytes(" "),
            !text.hasFirstBytes("\t"), !text.hasFirstBytes("\n")
        else { return quoted(text) }
        let start = String(repeating: " ", count: indentation + 1)
        let lines = text.byteLines.map { $0.isEmpty ? "" : start + $0 }
        return (["|"] + lines).joined(separator: "\n")
    }

    static func quoted(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case " "..."~": String(scalar)
            default: "\\U" + String(repeating: "0", count: 8 - hexadecimal(scalar).utf8.count) + hexadecimal(scalar)
            }
        }
        return "\"\(characters.joined())\""
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16) }
}
