import Engine
import Reporting

/// How a run is shown, by who does it and by who follows it.
enum Display {
    /// Events on standard output if they were asked for, and lines for people on standard error.
    static func sinks(_ options: CommandLineOptions) -> [any EventSink] {
        var sinks: [any EventSink] = options.has("--json") ? [EventStream()] : []
        sinks.append(TerminalLines(verbose: options.has("--verbose")))
        return sinks
    }
}
