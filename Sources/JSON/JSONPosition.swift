/// A place in a text.
public struct JSONPosition: Sendable, Equatable, CustomStringConvertible {
    /// Line from 1.
    public var line: Int
    /// Column from 1, in Unicode scalars, so that an editor's cursor agrees.
    public var column: Int

    /// `line 3, column 7`.
    public var description: String { "line \(line), column \(column)" }

    mutating func advance(over bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
    }
}

/// How a value within another is called: `steps[0].id`.
enum JSONPath {
    /// Joins names and `[index]`es.
    static func text(_ steps: [String]) -> String {
        steps.reduce(into: "") { path, step in
            if !path.isEmpty, !step.hasPrefix("[") { path += "." }
            path += step.unicodeScalars.prefix(64).map { JSONCharacter.escaped($0) }.joined()
        }
    }
}
