/// One mistake in a config file, with its place.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is; the raw values are stable and may be searched for.
    public enum Code: String, Sendable, CaseIterable {
        case syntax, encoding
        case tooLarge = "too-large"
        case tooDeep = "too-deep"
        case wrongType = "wrong-type"
        case unknownField = "unknown-field"
        case duplicateField = "duplicate-field"
        case missingField = "missing-field"
        case outOfRange = "out-of-range"
        case badValue = "bad-value"
        case badName = "bad-name"
        case badPath = "bad-path"
        case badURL = "bad-url"
        case badDigest = "bad-digest"
        case badVersion = "bad-version"
        case badPackage = "bad-package"
        case badUnit = "bad-unit"
        case contradiction
        case tooMany = "too-many"
    }

    /// The file as the caller named it; `-` for standard input.
    public let file: String
    /// Line from 1.
    public let line: Int
    /// Column from 1, in Unicode scalars.
    public let column: Int
    /// Byte offset from 0.
    public let offset: Int
    /// The field, such as `bundle_urls.tools` or `services[0].unit`; empty for the file as a whole.
    public let path: String
    /// What was expected and what was found; never a secret or a URL.
    public let message: String
    /// What kind of mistake it is.
    public let code: Code

    /// `host.json:12:17`.
    public var place: String { "\(Quoting.escape(file)):\(line):\(column)" }

    /// The line that compilers would print: `host.json:12:17: error: arch: expected a string, found null`.
    public var description: String {
        "\(place): error: \(path.isEmpty ? "" : "\(path): ")\(message)"
    }
}
