public import Engine
public import Platform
internal import Synchronization

/// A run on a terminal: what has ended stays as lines, and below them stands what is under way, drawn anew as it changes.
///
/// Only the lines below are ever touched again, and before the run's last line nothing is left of them.
public final class LiveDisplay: EventSink {
    private struct State {
        var steps = RunningSteps()
        var screen = LiveScreen()
        var lines: [String] = []
        var ticks = 0
        var isDone = false
    }

    private let terminal: Terminal
    private let writer: LineWriter
    private let spinner: [String]
    private let events: EventLines
    private let state = Mutex(State())
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    /// How often the lines below are looked at; a spinner that turns slower looks stuck.
    static let interval = Duration.milliseconds(100)

    /// Draws on a terminal.
    ///
    /// `isUnicode` says that it shows UTF-8.
    public convenience init(on terminal: Terminal, verbose: Bool, style: LineStyle, isUnicode: Bool) {
        self.init(
            on: terminal, verbose: verbose, style: style, spinner: (isUnicode ? "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" : "|/-\\").map { "\($0) " }
        )
    }

    /// What the locale's name says of the terminal, in the order in which the C library asks.
    public static var isUnicode: Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { ProcessStart.environment($0) }
        let locale = names.first { !$0.isEmpty } ?? ""
        return ["utf-8", "utf8"].contains { locale.lowercased().hasLastBytes($0) }
    }

    /// With these as the spinner's shapes.
    init(on terminal: Terminal, verbose: Bool, style: LineStyle, spinner: [String]) {
        self.terminal = terminal
        events = EventLines(verbose: verbose, style: style)
        writer = LineWriter(terminal.descriptor, name: "terminal")
        self.spinner = spinner
        ticker.withLock { ticker in
            ticker = Task { [weak self] in
                while (try? await Task.sleep(for: Self.interval)) != nil, let self { self.draw(isTick: true) }
            }
        }
    }

    /// Prints what stays of an event, and shows the rest while it lasts.
    public func record(_ event: Event) {
        let lines = events.lines(for: event)
        state.withLock { state in
            state.lines += lines
            state.steps.take(event)
        }
        if !lines.isEmpty { draw() }
    }

    /// Shows how far a transfer is.
    public func measure(_ step: StepID, _ progress: ByteProgress) {
        state.withLock { $0.steps.take(progress, by: step, at: .now) }
    }

    /// Prints what is no event, above the lines that move; once it has finished, before this returns.
    public func say(_ text: String) {
        let isDone = state.withLock { state in
            if !state.isDone { state.lines += text.byteLines.map(String.init) }
            return state.isDone
        }
        if isDone { try? writeAll(terminal.descriptor, Array("\(text)\n".utf8), "terminal") } else { draw() }
    }

    /// Takes the lines that move away, and waits until all is printed.
    public func finish() async {
        ticker.withLock { $0?.cancel() }
        state.withLock { $0.isDone = true }
        draw()
        await writer.finish()
    }

    private func draw(isTick: Bool = false) {
        // A terminal that was told to stop takes nothing: what moves would pile up.
        if isTick, !writer.isIdle { return }
        // Who writes to a terminal from behind would write into another's line.
        let size = terminal.size, isForeground = terminal.isForeground
        // In the lock, so that what is drawn later is written later.
        state.withLock { state in
            if isTick { state.ticks += 1 }
            // Two rows less than the window: its first may be half a line, its last is the cursor's.
            let block =
                state.isDone || !isForeground
                ? []
                : state.steps.block(
                    columns: size.columns, rows: size.rows - 2, spinner: spinner[state.ticks % spinner.count], at: .now)
            let bytes = state.screen.draw(state.lines, block, columns: size.columns, rows: size.rows)
            state.lines = []
            if !bytes.isEmpty { writer.write(bytes) }
        }
    }
}
