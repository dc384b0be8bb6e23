package import Engine
internal import Platform
internal import Synchronization

/// What a person reads of an event, line by line.
package struct EventLines: Sendable {
    /// Tell what steps do meanwhile, too.
    let verbose: Bool
    let style: LineStyle
    private let told = ToldHints()

    init(verbose: Bool, style: LineStyle) {
        self.verbose = verbose
        self.style = style
    }

    /// Its lines, none when a person is not to be troubled with it.
    func lines(for event: Event) -> [String] {
        let step = event.step?.name ?? ""
        switch event.event {
        case .runStarted: return ["run \(event.runID) on host \(event.hostID)"]
        case .preflight: return event.checks.map(preflight) ?? [Self.printable(event.message ?? "")]
        case .stepStarted: return verbose ? [row("start", .minor, step)] : []
        case .stepProgress:
            let isWarning = event.message?.hasPrefix("warning: ") == true
            return verbose || isWarning ? [row("", isWarning ? .warning : .minor, step, detail: event.message)] : []
        case .stepRetried:
            let count = "attempt \(event.attempt ?? 0) of \(event.attempts ?? 0)"
            return [row("retry", .warning, step, detail: "\(count): \(event.message ?? "")")]
        case .stepSatisfied: return [row("ok", .good, step, event.durationMilliseconds)]
        case .stepFinished:
            let changes = (event.differences ?? []).map(\.description)
            let shown = verbose ? changes.map { row("", .minor, step, detail: $0) } : []
            let word = event.status ?? "changed"
            let head = row(
                word, event.error == nil ? .changed : .warning, step, event.durationMilliseconds,
                detail: changes.isEmpty ? nil : Self.summary(changes))
            return [head] + shown + (event.error == nil ? [] : trouble(event, "lacking"))
        case .stepFailed:
            return [row(event.status ?? "FAILED", .bad, step, event.durationMilliseconds)] + trouble(event, "error")
        case .stepSkipped: return [row("skipped", .minor, step, detail: event.message)]
        case .runFinished:
            // The first of what is lacking is told anew here, for who reads nothing else; a person has read it.
            let isNew = event.hint.map { !told.contains($0) } ?? false
            return longest(event) + [Self.printable(event.message ?? "")]
                + (isNew ? event.hint.map { [hint($0)] } ?? [] : [])
        }
    }

    /// What a run could not have been shorter than, when it took so long that one asks.
    private func longest(_ event: Event) -> [String] {
        let path = (event.criticalPath ?? []).filter { $0.durationMilliseconds >= 100 }
        let whole = path.reduce(0) { $0 + $1.durationMilliseconds }
        guard whole >= 1000, path.count > 1 else { return [] }
        let head = "critical path, \(Self.seconds(whole)) of \(Self.seconds(event.durationMilliseconds ?? whole)):"
        return [head]
            + path.map { "         \($0.step.name.padded(toWidth: 24)) \(Self.seconds($0.durationMilliseconds))" }
    }

    private func preflight(_ checks: [CheckResult]) -> [String] {
        let failed = checks.filter { !$0.passed }
        let count = "\(checks.count - failed.count) of \(checks.count) checks passed"
        let isGood = failed.isEmpty
        let head = row(isGood ? "ok" : "FAILED", isGood ? .good : .bad, "preflight", detail: count)
        return [head] + (verbose ? checks : failed).flatMap(Self.check)
    }

    /// A check of preflight with its evidence, and its hint when it failed.
    package static func check(_ check: CheckResult) -> [String] {
        let line = "    \(check.passed ? "passed" : "failed")  \(check.id): \(printable(check.evidence))"
        return [line] + (check.hint.map { ["            hint: \(printable($0))"] } ?? [])
    }

    private func trouble(_ event: Event, _ word: String) -> [String] {
        let place = event.place.map { "\($0): " } ?? ""
        let meaning = word == "error" ? LineStyle.Meaning.bad : .warning
        var lines = ["    \(style.paint("\(word):", meaning)) \(Self.printable(place + (event.error ?? "")))"]
        if let code = event.exitCode, code != 0 {
            lines.append("    its last command ended with \(code):")
            let tail = (event.stderr ?? "").isEmpty ? event.stdout ?? "" : event.stderr ?? ""
            lines += tail.byteLines.filter { !$0.isEmpty }.suffix(8).map { "    | \(Self.printable(String($0)))" }
        }
        if let hint = event.hint {
            lines.append(self.hint(hint))
            told.insert(hint)
        }
        return lines
    }

    private func hint(_ text: String) -> String { "    hint: \(Self.printable(text))" }

    private static func summary(_ changes: [String]) -> String {
        guard let first = changes.first else { return "" }
        return changes.count == 1 ? first : "\(changes.count) changes: \(first), …"
    }

    private func row(
        _ word: String, _ meaning: LineStyle.Meaning, _ step: String, _ milliseconds: Int64? = nil,
        detail: String? = nil
    ) -> String {
        let time = milliseconds.map { Self.seconds($0) } ?? ""
        let rest = "\(step.padded(toWidth: 24)) \(time.padded(toWidth: 8)) \(detail.map(Self.printable) ?? "")"
        let room = word.padded(toWidth: 8).dropFirst(word.count)
        return "\(style.paint(word, meaning))\(room) \(String(rest.reversed().drop { $0 == " " }.reversed()))"
    }

    /// Milliseconds as seconds with one decimal: 1234 is `1.2 s`.
    package static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// Bytes as MiB with one decimal: 1,572,864 is `1.5`.
    package static func mebibytes(_ bytes: Int64) -> String {
        "\(bytes >> 20).\(((bytes & 0xF_FFFF) * 10) >> 20)"
    }

    /// Bytes from commands and servers must not reach the terminal as control codes.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

/// The hints that steps have told.
private final class ToldHints: Sendable {
    private let hints = Mutex<Set<String>>([])

    func insert(_ hint: String) { hints.withLock { _ = $0.insert(hint) } }

    func contains(_ hint: String) -> Bool { hints.withLock { $0.contains(hint) } }
}
