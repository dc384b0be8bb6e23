public import Engine
internal import Platform
internal import Synchronization

/// A plain line a step on standard error, for people, and a sign of life when nothing ended for a while.
public final class TerminalLines: EventSink {
    private let writer: LineWriter
    private let events: EventLines
    private let state = Mutex((steps: RunningSteps(), lastLine: ContinuousClock.now))
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    /// A person who sees nothing for longer looks for what hangs.
    public static let longestSilence = Duration.seconds(10)

    /// Prints how steps end; with `verbose` also what they do meanwhile.
    ///
    /// `silence` is after how long without a line what is under way is told; nil for never. `first` is that for the first line.
    public init(
        verbose: Bool, style: LineStyle, silence: Duration?, first: Duration? = nil, to descriptor: Int32 = 2
    ) {
        writer = LineWriter(descriptor, name: "standard error")
        events = EventLines(verbose: verbose, style: style)
        guard let silence else { return }
        let interval = (first ?? silence) / 10
        if let first { state.withLock { $0.lastLine -= silence - first } }
        ticker.withLock { ticker in
            ticker = Task { [weak self] in
                while (try? await Task.sleep(for: interval)) != nil, let self { self.signOfLife(after: silence) }
            }
        }
    }

    /// Prints what a person wants to see of an event.
    public func record(_ event: Event) {
        let lines = events.lines(for: event)
        state.withLock { state in
            state.steps.take(event)
            if !lines.isEmpty { state.lastLine = .now }
        }
        for line in lines { writer.write(line: Array(line.utf8)) }
    }

    /// Keeps how far a transfer is, for the next sign of life.
    public func measure(_ step: StepID, _ progress: ByteProgress) {
        state.withLock { $0.steps.take(progress, by: step, at: .now) }
    }

    private func signOfLife(after silence: Duration) {
        let sentence = state.withLock { state -> String? in
            guard state.lastLine + silence <= .now, let words = state.steps.sentence(at: .now) else { return nil }
            state.lastLine = .now
            return words
        }
        if let sentence { writer.write(line: Array("running  \(sentence)".utf8)) }
    }

    /// Waits until all is printed.
    public func finish() async {
        ticker.withLock { $0?.cancel() }
        await writer.finish()
    }
}
