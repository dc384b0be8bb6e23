import Engine
import Synchronization

/// Keeps every event, for a test to look at.
final class RecordingSink: EventSink {
    private let events = Mutex<[Event]>([])
    func record(_ event: Event) { events.withLock { $0.append(event) } }
    func finish() async {}
    var all: [Event] { events.withLock { $0 } }
}
