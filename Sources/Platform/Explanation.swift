/// What a person is told of an error: what went wrong, where, and what to do about it.
public struct Explanation: Sendable, Equatable {
    /// One line, without the place.
    public let problem: String
    /// A path, a URL without its query, a unit, or `file:line:column`; nil when there is none.
    public let place: String?
    /// An instruction, best a command.
    public let hint: String

    /// Makes an explanation from its three parts.
    public init(_ problem: String, at place: String? = nil, hint: String) {
        self.problem = problem
        self.place = place
        self.hint = hint
    }

    /// Place and problem in one line, as logs and reports carry it.
    public var summary: String {
        guard let place else { return problem }
        return "\(place): \(problem)"
    }

    /// As standard error shows it: two lines, whatever line breaks an outside text brought along.
    public var lines: String { "error: \(Self.onOneLine(summary))\nhint: \(Self.onOneLine(hint))" }

    private static func onOneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) ? " " : $0 }))
    }
}

/// An error that can explain itself to the person on call.
public protocol Explained: Error, Sendable {
    /// Problem, place and hint.
    var explanation: Explanation { get }
}
