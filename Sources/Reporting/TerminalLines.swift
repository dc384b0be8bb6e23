public import Engine
internal import Platform

/// A plain line a step on standard error, for people.
public final class TerminalLines: EventSink {
    private let writer = LineWriter(2, name: "standard error")
    private let verbose: Bool

    /// Prints how steps end; with `verbose` also what they do meanwhile.
    public init(verbose: Bool) { self.verbose = verbose }

    /// Prints what a person wants to see of an event.
    public func record(_ event: Event) {
        for line in Self.lines(for: event, verbose: verbose) { writer.write(Array(line.utf8)) }
    }

    /// Waits until all is printed.
    public func finish() async { await writer.finish() }

    static func lines(for event: Event, verbose: Bool) -> [String] {
        let step = event.step?.name ?? ""
        switch event.event {
        case .runStarted: return ["run \(event.runID) on host \(event.hostID)"]
        case .preflight:
            return event.checks.map { preflight($0, verbose: verbose) } ?? [printable(event.message ?? "")]
        case .stepStarted: return verbose ? [row("start", step)] : []
        case .stepProgress:
            let isWarning = event.message?.hasPrefix("warning: ") == true
            return verbose || isWarning ? [row("", step, detail: event.message)] : []
        case .stepRetried:
            let count = "attempt \(event.attempt ?? 0) of \(event.attempts ?? 0)"
            return [row("retry", step, detail: "\(count): \(event.message ?? "")")]
        case .stepSatisfied: return [row("ok", step, event.durationMilliseconds)]
        case .stepFinished:
            let changes = (event.differences ?? []).map(\.description)
            let shown = verbose ? changes.map { row("", step, detail: $0) } : []
            let word = event.status ?? "changed"
            let head = row(word, step, event.durationMilliseconds, detail: changes.isEmpty ? nil : summary(changes))
            return [head] + shown + (event.error == nil ? [] : trouble(event, "lacking"))
        case .stepFailed:
            return [row(event.status ?? "FAILED", step, event.durationMilliseconds)] + trouble(event, "error")
        case .stepSkipped: return [row("skipped", step, detail: event.message)]
        case .runFinished:
            return [printable(event.message ?? "")] + (event.hint.map { ["    hint: \(printable($0))"] } ?? [])
        }
    }

    private static func preflight(_ checks: [CheckResult], verbose: Bool) -> [String] {
        let failed = checks.filter { !$0.passed }
        let count = "\(checks.count - failed.count) of \(checks.count) checks passed"
        let head = row(failed.isEmpty ? "ok" : "FAILED", "preflight", detail: count)
        return [head] + (verbose ? checks : failed).flatMap(Self.check)
    }

    /// A check of preflight with its evidence, and its hint when it failed.
    package static func check(_ check: CheckResult) -> [String] {
        let line = "    \(check.passed ? "passed" : "failed")  \(check.id): \(printable(check.evidence))"
        return [line] + (check.hint.map { ["            hint: \(printable($0))"] } ?? [])
    }

    private static func trouble(_ event: Event, _ word: String) -> [String] {
        let place = event.place.map { "\($0): " } ?? ""
        var lines = ["    \(word): \(printable(place + (event.error ?? "")))"]
        if let code = event.exitCode, code != 0 {
            lines.append("    its last command ended with \(code):")
            let tail = (event.stderr ?? "").isEmpty ? event.stdout ?? "" : event.stderr ?? ""
            lines += tail.byteLines.filter { !$0.isEmpty }.suffix(8).map { "    | \(printable(String($0)))" }
        }
        if let hint = event.hint { lines.append("    hint: \(printable(hint))") }
        return lines
    }

    private static func summary(_ changes: [String]) -> String {
        guard let first = changes.first else { return "" }
        return changes.count == 1 ? first : "\(changes.count) changes: \(first), …"
    }

    private static func row(
        _ word: String, _ step: String, _ milliseconds: Int64? = nil, detail: String? = nil
    ) -> String {
        let time = milliseconds.map { seconds($0) } ?? ""
        let head = "\(padded(word, 8)) \(padded(step, 24)) \(padded(time, 8))"
        let text = detail.map { "\(head) \(printable($0))" } ?? head
        return String(text.reversed().drop { $0 == " " }.reversed())
    }

    /// Milliseconds as seconds with one decimal: 1234 is `1.2 s`.
    package static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// Fills a word up with spaces to a width; a longer one stays whole.
    package static func padded(_ word: String, _ width: Int) -> String {
        word + String(repeating: " ", count: max(0, width - word.count))
    }

    /// Bytes from commands and servers must not reach the terminal as control codes.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
