internal import Engine
internal import Systemd

/// How an event stands in the journal: what `journalctl -t host-bootstrap` shows, and the fields to ask for.
struct JournalWords {
    /// Whose entries these are, for `journalctl -t`.
    static let identifier = "host-bootstrap"

    let event: Event

    /// The kind of event for `journalctl MESSAGE_ID=` and the catalog (release/systemd/host-bootstrap.catalog).
    static func messageID(_ kind: Event.Kind) -> String {
        switch kind {
        case .runStarted: "8544f9c8d90d44d9bc5bad788acf69bd"
        case .preflight: "7bbf315cc25d4c2795e09f13e0034184"
        case .stepStarted: "4dbd74d8a40447b5b644dc4a1564572e"
        case .stepProgress: "bd072428402548d99e75e13c91ded8ba"
        case .stepRetried: "06d6a3657d3a4438beeae13f260d5b6f"
        case .stepSatisfied: "9cd429f6e18944e5858dd8a2f0915010"
        case .stepFinished: "23aaa07728cc458aabfcaedab58f62c5"
        case .stepFailed: "ef7e127d8478456da1ec27a40cbf9765"
        case .stepSkipped: "ebb8b60f1c7f45a9861f76c246c7e1a8"
        case .runFinished: "a01d873641b14776961f357599342622"
        }
    }

    var entry: JournalEntry {
        var entry = JournalEntry(
            message, id: Self.messageID(event.event), priority, identifier: Self.identifier)
        entry.add("HOST_BOOTSTRAP_RUN", event.runID)
        entry.add("HOST_BOOTSTRAP_HOST", event.hostID)
        entry.add("HOST_BOOTSTRAP_EVENT", event.event.rawValue)
        entry.add("HOST_BOOTSTRAP_STEP", event.step?.name)
        entry.add("HOST_BOOTSTRAP_PHASE", event.phase?.rawValue)
        entry.add("HOST_BOOTSTRAP_STATUS", event.status)
        entry.add("HOST_BOOTSTRAP_CHANGED", event.changed.map { $0 ? "1" : "0" })
        entry.add("HOST_BOOTSTRAP_DURATION_MS", event.durationMilliseconds.map { "\($0)" })
        entry.add("HOST_BOOTSTRAP_EXIT_CODE", event.exitCode.map { "\($0)" })
        entry.add("HOST_BOOTSTRAP_ERROR", event.error)
        entry.add("HOST_BOOTSTRAP_PLACE", event.place)
        entry.add("HOST_BOOTSTRAP_HINT", event.hint)
        return entry
    }

    private var priority: JournalEntry.Priority {
        switch event.event {
        case .stepFailed: event.status == "stopped" ? .warning : .error
        case .runFinished, .preflight:
            switch event.status {
            case "failed": .error
            case "degraded", "stopped": .warning
            default: isWarning ? .warning : event.event == .runFinished ? .notice : .info
            }
        case .stepRetried: .warning
        case .stepFinished: event.error == nil ? .notice : .warning
        case .runStarted: .notice
        case .stepSatisfied, .stepSkipped: .info
        case .stepStarted: .debug
        case .stepProgress: isWarning ? .warning : .debug
        }
    }

    private var isWarning: Bool { event.message?.hasPrefix("warning: ") == true }

    /// One line, and the hint, which whoever reads about a failure looks for, on the next.
    private var message: String {
        let head = event.step.map { "\($0): \(words)" } ?? words
        let place = event.place.map { "\($0): " } ?? ""
        let trouble = event.event == .runFinished || event.error == nil ? "" : ": \(place)\(event.error ?? "")"
        return head + trouble + (event.hint.map { "\nhint: \($0)" } ?? "")
    }

    private var words: String {
        let time = event.durationMilliseconds.map { " after \(EventLines.seconds($0))" } ?? ""
        switch event.event {
        case .runStarted: return "run \(event.runID) on host \(event.hostID), \(event.message ?? "")"
        case .preflight: return event.checks.map(preflight) ?? event.message ?? ""
        case .stepStarted: return "started"
        case .stepProgress: return event.message ?? ""
        case .stepRetried:
            return "attempt \(event.attempt ?? 0) of \(event.attempts ?? 0) failed: \(event.message ?? "")"
        case .stepSatisfied: return "is as it should be\(time)"
        case .stepFinished:
            let changes = (event.differences ?? []).map(\.description).joined(separator: "; ")
            return "\(event.status ?? "changed")\(time)\(changes.isEmpty ? "" : ": \(changes)")"
        case .stepFailed: return "\(event.status ?? "failed")\(time)"
        case .stepSkipped: return "skipped: \(event.message ?? "")"
        case .runFinished: return event.message ?? ""
        }
    }

    private func preflight(_ checks: [CheckResult]) -> String {
        let failed = checks.filter { !$0.passed }
        let lines = failed.map { "\n\($0.id): \($0.evidence)\($0.hint.map { "\nhint: \($0)" } ?? "")" }
        return "preflight: \(checks.count - failed.count) of \(checks.count) checks passed\(lines.joined())"
    }
}
