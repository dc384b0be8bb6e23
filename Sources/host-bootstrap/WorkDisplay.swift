import Bundles
import Engine
import Platform
import Reporting

/// Shows one piece of work of a command's while it lasts, as a run shows a step; nothing of it stays.
struct WorkDisplay {
    private let name: StepID
    private let log: EventLog

    /// Begins to show work of this name.
    init(_ name: StepID, _ display: Display) {
        self.name = name
        log = EventLog(run: RunIdentity(hostID: ""), sinks: display.sinks())
        log.emit(.stepStarted, step: name)
    }

    /// Shows what fetching and unpacking tell.
    func tell(_ note: ProgressNote) {
        switch note {
        case .doing(let words): log.emit(.stepProgress, step: name) { $0.message = words }
        case .received(let bytes, let whole): log.measure(name, received: bytes, of: whole)
        case .retrying(let attempt, let attempts, let reason):
            log.emit(.stepRetried, step: name) { event in
                event.attempt = attempt
                event.attempts = attempts
                event.message = reason
            }
        }
    }

    /// Ends the showing.
    func finish() async { await log.finish() }
}
