import Platform
import Synchronization
import Testing

/// Reads a stream of events as a browser does, as they come.
final class Watcher: Sendable {
    struct Event: Equatable, Sendable {
        var name = "", data = ""
    }

    private let events = Mutex<[Event]>([])

    /// What came so far.
    var seen: [Event] { events.withLock { $0 } }

    /// Watches while `body` runs.
    static func with(_ url: String, _ arguments: [String] = [], _ body: (Watcher) async throws -> Void) async throws {
        let watcher = Watcher()
        let stream = Task {
            // A hub that shares a database sends away whom it could not tell all; they come back, and are told all anew.
            while !Task.isCancelled {
                watcher.events.withLock { $0 = [] }
                _ = try await Subprocess.run(
                    Command("/usr/bin/curl", ["-sSN", "--max-time", "300"] + arguments + [url]), timeout: .seconds(310)
                ) { line in watcher.take(line) }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        defer { stream.cancel() }
        try await body(watcher)
    }

    /// Waits until what came is as wanted; a minute only ends what hangs.
    @discardableResult
    func wait(until isDone: ([Event]) -> Bool) async throws -> [Event] {
        let end = ContinuousClock.now + .seconds(60)
        while !isDone(seen), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        return seen
    }

    private func take(_ line: String) {
        events.withLock { events in
            if line.hasPrefix("event: ") { events.append(Event(name: String(line.dropFirst(7)))) }
            if line.hasPrefix("data: "), !events.isEmpty { events[events.count - 1].data = String(line.dropFirst(6)) }
        }
    }
}
