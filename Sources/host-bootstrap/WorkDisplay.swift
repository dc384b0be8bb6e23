import Bundles
import Engine
import Platform
import Reporting
import Steps

/// Shows one piece of work of a command's while it lasts, as a run shows a step; nothing of it stays.
struct WorkDisplay {
    private let log: EventLog
    private let context: StepContext

    /// Begins to show work of this name.
    init(_ name: StepID, _ display: Display) {
        log = EventLog(run: RunIdentity(hostID: ""), sinks: display.sinks())
        context = StepContext(step: name, log: log)
        log.emit(.stepStarted, step: name)
    }

    /// Shows what fetching and unpacking tell.
    func tell(_ note: ProgressNote) { context.tell(note) }

    /// Ends the showing.
    func finish() async { await log.finish() }
}
