public import Engine

/// Shows one piece of work of a command's while it lasts, as a run shows a step; nothing of it stays on a terminal.
public struct WorkDisplay: Sendable {
    private let log: EventLog
    /// Takes what the work tells.
    public let context: StepContext

    /// Begins to show work of this name.
    public init(_ name: StepID, sinks: [any EventSink]) {
        log = EventLog(run: RunIdentity(hostID: ""), sinks: sinks)
        context = StepContext(step: name, log: log)
        log.emit(.stepStarted, step: name)
    }

    /// Ends the showing.
    public func finish() async { await log.finish() }
}
