/// The text of an environment file, as systemd.exec(5) and a shell read it alike.
struct EnvironmentText {
    static let head = "# Written by host-bootstrap from its config; changes made here are overwritten.\n"

    /// One `NAME=value` a line, sorted by name.
    static func render(_ values: [String: String]) -> String {
        head + values.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))\n" }.joined()
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
        let escaped = value.map { "\"\\$`".contains($0) ? "\\\($0)" : String($0) }
        return "\"\(escaped.joined())\""
    }
}
