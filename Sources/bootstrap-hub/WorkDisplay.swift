import Engine
import Hub
import Platform
import Reporting

extension WorkDisplay {
    /// Does a command's blocking work on a file, and shows it on standard error while it lasts.
    static func during<Value: Sendable>(
        _ command: Subcommand, _ body: @escaping @Sendable (@escaping IntakeNotes) throws(HubError) -> Value
    ) async throws(HubError) -> Value {
        let display = WorkDisplay(StepID(command.rawValue), sinks: [sink()])
        let result: Result<Value, HubError> = await onOwnThread { () throws(Never) in
            Result { () throws(HubError) in
                try body { display.context.measure(ByteProgress($0, of: $1, work: $2)) }
            }
        }
        await display.finish()
        return try result.get()
    }

    /// On a terminal a line that moves; elsewhere a line as soon as one could ask what it does, then signs of life.
    private static func sink() -> any EventSink {
        let style = LineStyle(isColoured: false)
        guard let terminal = Terminal(2), Terminal.movesCursor(ProcessStart.environment("TERM")) else {
            return TerminalLines(
                verbose: false, style: style, silence: TerminalLines.longestSilence, first: .seconds(2))
        }
        return LiveDisplay(on: terminal, verbose: false, style: style, isUnicode: LiveDisplay.isUnicode)
    }
}
