package import Engine

/// What a plan, or a look at a host, says to a person: grouped by step, `+` for what comes, `~` for what changes, `-` for
/// what goes, `!` for what is interrupted and what is to be known.
package struct PlanText {
    private let steps: [PlannedStep]
    private let shape: TextShape

    /// Of these steps, laid out so.
    package init(_ steps: [PlannedStep], _ shape: TextShape) {
        self.steps = steps
        self.shape = shape
    }

    /// A plan with its last line; without an estimate that says nothing of the time.
    package func plan(taking estimate: RunEstimate? = nil) -> [String] { lines + [summary(estimate)] }

    /// What is to be said of each step.
    package var lines: [String] {
        steps.flatMap { step in
            let lines = step.changes.flatMap(lines) + remarks(step)
            return lines.isEmpty ? [] : [step.step.name] + lines
        }
    }

    private func lines(_ change: Difference) -> [String] {
        let (mark, meaning) = Self.mark(change.kind)
        let arrow = change.kind == .removed ? "→" : "->"
        return shape.paragraph(2, mark, meaning, "\(change.what): \(change.found) \(arrow) \(change.wanted)")
            + (change.detail.map { shape.paragraph(6, $0) } ?? [])
    }

    private func remarks(_ step: PlannedStep) -> [String] {
        var lines: [String] = []
        for warning in step.warnings ?? [] { lines += shape.paragraph(2, "!", .warning, "warning: \(warning)") }
        if let lacking = step.lacking { lines += shape.paragraph(2, "!", .warning, "lacking: \(lacking)") }
        if let error = step.error { lines += shape.paragraph(2, "!", .bad, "cannot tell: \(error)") }
        if let hint = step.hint { lines += shape.paragraph(4, "hint: \(hint)") }
        return lines
    }

    private static func mark(_ kind: Difference.Kind) -> (String, LineStyle.Meaning) {
        switch kind {
        case .added: ("+", .good)
        case .changed: ("~", .changed)
        case .removed: ("-", .bad)
        case .interrupted: ("!", .warning)
        }
    }

    /// As rough as it is known: seconds, and minutes from two on.
    private static func time(_ milliseconds: Int64) -> String {
        let seconds = max(1, (milliseconds + 500) / 1000)
        return seconds < 120 ? "\(seconds) s" : "\((seconds + 30) / 60) min"
    }

    /// Less than a MiB would round to nothing.
    private static func size(_ bytes: Int64) -> String {
        bytes < 1 << 20 ? "\(max(1, bytes >> 10)) KiB" : "\(EventLines.mebibytes(bytes)) MiB"
    }

    /// Such as "3 to add, 1 to change, 124.0 MiB to download besides packages, about 20 s".
    private func summary(_ estimate: RunEstimate?) -> String {
        let changes = steps.flatMap(\.changes)
        let kinds: [(Difference.Kind, String)] = [
            (.added, "to add"), (.changed, "to change"), (.removed, "to remove"), (.interrupted, "to restart"),
        ]
        var words = kinds.compactMap { kind, words in
            let count = changes.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(words)"
        }
        // Sizes are what servers say.
        let bytes = changes.reduce(Int64(0)) { $0.addingReportingOverflow($1.downloadBytes ?? 0).partialValue }
        if bytes > 0 { words.append("\(Self.size(bytes)) to download besides packages") }
        let unknown = steps.count { $0.error != nil }
        if unknown > 0 { words.append("\(unknown) \(unknown == 1 ? "step" : "steps") cannot be told") }
        if let estimate, !words.isEmpty {
            let time = Self.time(estimate.milliseconds)
            words.append(estimate.isWhole ? "about \(time)" : "\(time) or more")
        }
        return words.isEmpty ? "nothing to change" : words.joined(separator: ", ")
    }
}
