public import Engine
internal import Platform
internal import Systemd

/// The system's journal, told of each event with fields of its own.
///
/// A journal that hangs holds nobody up: a thread of its own writes to it, so many entries wait at most, and what does not fit
/// is counted and told once the journal takes entries again.
public final class JournalSink: EventSink {
    /// No run without trouble comes near; an entry has about a kilobyte.
    static let room = 4096

    private struct State {
        var waiting: [JournalEntry] = []
        var lost = 0
        var isFinished = false
    }

    private let state = Monitor(State())
    private let end: AsyncStream<Never>
    private let patience: Duration

    /// Writes to the journal of this host, if there is one.
    public static func ofThisHost() -> JournalSink? {
        JournalEntry.isThere ? JournalSink(patience: .seconds(2)) { $0.write() } : nil
    }

    /// Writes by `write`, which may block for ever; `patience` is how long the run's end waits for it.
    init(patience: Duration, write: @escaping @Sendable (JournalEntry) -> Void) {
        self.patience = patience
        let (end, sink) = AsyncStream.makeStream(of: Never.self)
        self.end = end
        startThread { [state] in
            while let next = Self.next(state) { write(next) }
            sink.finish()
        }
    }

    /// Takes one event.
    public func record(_ event: Event) {
        let entry = JournalWords(event: event).entry
        state.change { state in
            if state.waiting.count < Self.room { state.waiting.append(entry) } else { state.lost += 1 }
        }
    }

    /// Waits until the journal has everything, or for as long as it is worth waiting for one that hangs.
    public func finish() async {
        state.change { $0.isFinished = true }
        await withTaskGroup(of: Void.self) { [end, patience] group in
            group.addTask { for await _ in end {} }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    /// What is to be written next; nil when nothing will be.
    private static func next(_ state: Monitor<State>) -> JournalEntry? {
        state.wait { state -> JournalEntry?? in
            if state.waiting.isEmpty { return state.isFinished ? .some(nil) : nil }
            let entry = state.waiting.removeFirst()
            if state.lost > 0, state.waiting.isEmpty {
                var words = JournalEntry(
                    "\(state.lost) events are missing here: the journal did not take them in time",
                    id: JournalWords.messageID(.stepProgress), .warning, identifier: JournalWords.identifier)
                for field in entry.fields where field.name == "HOST_BOOTSTRAP_RUN" {
                    words.add(field.name, field.value)
                }
                state.waiting.append(words)
                state.lost = 0
            }
            return .some(entry)
        }
    }
}
