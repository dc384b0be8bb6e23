/// What `--version` prints.
enum Version {
    static let number = "0.1.0"

    static func text() -> String { "host-bootstrap \(number)\n" }
}
