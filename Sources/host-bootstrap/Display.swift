import Engine
import Platform
import Reporting

/// How a run is shown, by who does it and by who follows it.
struct Display {
    private let isJSON: Bool
    private let isVerbose: Bool
    private let showsProgress: Bool
    private let style: LineStyle

    /// As the command line, the environment and the terminal have it.
    init(_ options: CommandLineOptions) throws(UsageError) {
        isJSON = options.has("--json")
        isVerbose = options.has("--verbose")
        showsProgress = !options.has("--no-progress")
        style = try options.lineStyle(of: 2)
    }

    /// Events on standard output if they were asked for, and on standard error lines for people, on a terminal with what is
    /// under way below them.
    func sinks() -> [any EventSink] { [events, forPeople()].compactMap(\.self) }

    /// Events on standard output, if they were asked for.
    var events: (any EventSink)? { isJSON ? EventStream() : nil }

    private func forPeople() -> any EventSink {
        guard let terminal, showsProgress else {
            return TerminalLines(
                verbose: isVerbose, style: style, silence: showsProgress ? TerminalLines.longestSilence : nil)
        }
        let display = LiveDisplay(on: terminal, verbose: isVerbose, style: style, isUnicode: LiveDisplay.isUnicode)
        Output.above(display)
        return display
    }

    /// The one to draw on; none if events appear there, too.
    private var terminal: Terminal? {
        guard Terminal.movesCursor(ProcessStart.environment("TERM")), !isJSON || Terminal(1) == nil else { return nil }
        return Terminal(2)
    }
}

extension CommandLineOptions {
    /// How results are laid out on standard output.
    func textShape() throws(UsageError) -> TextShape { TextShape(style: try lineStyle(of: 1), of: 1) }

    /// Whether lines on a descriptor have colours: as `--color` says, or on a terminal that nothing speaks against.
    func lineStyle(of descriptor: Int32) throws(UsageError) -> LineStyle {
        switch last("--color") ?? "auto" {
        case "always": return LineStyle(isColoured: true)
        case "never": return LineStyle(isColoured: false)
        case "auto":
            // Any text but none, as no-color.org has it.
            let isUnwanted = ProcessStart.environment("NO_COLOR").map { !$0.isEmpty } ?? false
            let takesCodes = Terminal(descriptor) != nil && Terminal.movesCursor(ProcessStart.environment("TERM"))
            return LineStyle(isColoured: takesCodes && !isUnwanted)
        case let word: throw .badValue("--color", word, expected: "auto, always or never")
        }
    }
}
