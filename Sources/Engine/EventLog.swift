internal import Platform
internal import Synchronization

/// Something that takes events: the log file, the terminal, the hub's spool.
///
/// It must return at once.
public protocol EventSink: AnyObject, Sendable {
    /// Takes one event.
    func record(_ event: Event)
    /// Takes how far a step's transfer is; far too often for an event.
    func measure(_ step: StepID, _ progress: ByteProgress)
    /// Returns when all that was taken is where it should be, or cannot be brought there in bounded time.
    func finish() async
}

extension EventSink {
    /// Most sinks keep events alone.
    public func measure(_ step: StepID, _ progress: ByteProgress) {}
}

/// How far a transfer is, or other work that goes through bytes.
public struct ByteProgress: Sendable, Equatable {
    /// So many bytes are done, of so many if that is known.
    public let bytes: Int64, whole: Int64?
    /// What is being done to them, such as `hashing`; nil when they are received.
    public let work: String?

    /// So far.
    public init(_ bytes: Int64, of whole: Int64?, work: String? = nil) {
        self.bytes = bytes
        self.whole = whole
        self.work = work
    }
}

/// Where a run's events go through: stamps them and hands each to every sink, in one order.
public final class EventLog: Sendable {
    /// The run whose events these are.
    public let run: RunIdentity
    private struct State {
        var sinks: [any EventSink]
        var kept: [Event] = []
    }
    private let state: Mutex<State>

    /// Starts with some sinks.
    public init(run: RunIdentity, sinks: [any EventSink]) {
        self.run = run
        state = Mutex(State(sinks: sinks))
    }

    /// Adds a sink, which first gets all that happened before; one that is there already gets nothing twice.
    public func attach(_ sink: any EventSink) {
        state.withLock { state in
            guard !state.sinks.contains(where: { $0 === sink }) else { return }
            for event in state.kept { sink.record(event) }
            state.sinks.append(sink)
        }
    }

    /// Records an event.
    public func emit(_ kind: Event.Kind, step: StepID? = nil, _ fill: (inout Event) -> Void = { _ in }) {
        state.withLock { state in
            var event = Event(kind, run: run)
            event.step = step
            fill(&event)
            event.hideSecrets()
            // Only what came before the last sink is attached is ever asked for: the head of the run.
            if state.kept.count < 100 { state.kept.append(event) }
            for sink in state.sinks { sink.record(event) }
        }
    }

    /// Hands on how far a step's transfer is.
    public func measure(_ step: StepID, _ progress: ByteProgress) {
        for sink in state.withLock({ $0.sinks }) { sink.measure(step, progress) }
    }

    /// Waits until every sink is done.
    public func finish() async {
        for sink in state.withLock({ $0.sinks }) { await sink.finish() }
    }
}
