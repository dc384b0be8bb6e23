import Engine
import Synchronization

/// Keeps what a step tells.
final class Told: EventSink {
    private let events = Mutex<[Event]>([])
    func record(_ event: Event) { events.withLock { $0.append(event) } }
    func finish() async {}
    var all: [Event] { events.withLock { $0 } }
    var messages: [String] { events.withLock { $0.compactMap(\.message) } }
    var retries: Int { events.withLock { $0.count { $0.attempt != nil } } }
}
