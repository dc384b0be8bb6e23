import Digests
import Platform

/// The text of an environment file, as systemd.exec(5) and a shell read it alike.
struct EnvironmentText {
    static let head = "# Written by host-bootstrap from its config; changes made here are overwritten.\n"

    /// One `NAME=value` a line, sorted by name.
    static func render(_ values: [String: String]) -> String {
        head + values.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))\n" }.joined()
    }

    /// The same text with every value hidden but those of some names; hidden values that differ look different.
    ///
    /// What stands for them tells nothing of them: it is a digest with a salt that this process alone knows.
    static func masked(_ text: String, showing names: Set<String>, salt: UInt64) -> String {
        // By bytes: with a combining mark behind it, neither = nor the line's end would be one.
        let lines = text.parts(at: "\n").map { line -> String in
            if line.isEmpty || line.hasFirstBytes("#") { return String(line) }
            let name = line.parts(at: "=", maxSplits: 1)[0]
            if names.contains(String(name)), name.endIndex != line.endIndex { return String(line) }
            let mark = Digest.of("\(salt) \(line)".utf8).hex.prefix(6)
            // A line without a name goes on with a value of several lines.
            let isNamed = name.endIndex != line.endIndex && name.utf8.allSatisfy { $0 != 0x20 && $0 != 0x22 }
            return isNamed ? "\(name)=(hidden, \(mark))" : "(hidden, \(mark))"
        }
        return lines.joined(separator: "\n")
    }

    /// Double quotes around anything that is not plain; `"`, `\`, `$` and the backtick are escaped.
    static func quoted(_ value: String) -> String {
        let plain = value.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "/", ":", "@", "%", "+", ",", "-", "=": true
            default: false
            }
        }
        if plain { return value }
        return "\"\(value.escaping(["\"": "\\\"", "\\": "\\\\", "$": "\\$", "`": "\\`"]))\""
    }
}
