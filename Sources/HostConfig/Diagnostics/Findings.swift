internal import JSON

/// Collects the diagnostics of one file.
final class Findings {
    /// More than this are of no use to anybody; the rest is summed up in one line.
    static let limit = 100

    let text: SourceText
    /// The file was not read to its end, so that what seems missing may stand further on.
    var isIncomplete = false
    private var collected: [(offset: Int, path: String, message: String, code: Diagnostic.Code)] = []
    private var overflow = false

    init(_ text: SourceText) { self.text = text }

    var isEmpty: Bool { collected.isEmpty }

    /// Notes what makes the file no JSON.
    func add(_ mistake: JSONMistake) {
        let code: Diagnostic.Code =
            switch mistake.problem {
            case .notUTF8: .encoding
            case .tooDeep: .tooDeep
            default: .syntax
            }
        add(code, at: mistake.offset, path: "", mistake.problem.words)
    }

    /// Notes a mistake.
    func add(_ code: Diagnostic.Code, at offset: Int, path: String, _ message: @autoclosure () -> String) {
        guard collected.count < Self.limit else {
            overflow = true
            return
        }
        collected.append((offset, path, message(), code))
    }

    /// All that was found, in the file's order.
    var diagnostics: [Diagnostic] {
        var sorted = collected.sorted { ($0.offset, $0.path, $0.message) < ($1.offset, $1.path, $1.message) }
        if overflow, let last = sorted.last {
            sorted.append((last.offset, "", "more than \(Self.limit) mistakes; the rest are not shown", .tooMany))
        }
        return sorted.map { finding in
            let (line, column) = text.position(of: finding.offset)
            return Diagnostic(
                file: text.file, line: line, column: column, offset: finding.offset, path: finding.path,
                message: finding.message, code: finding.code)
        }
    }
}
