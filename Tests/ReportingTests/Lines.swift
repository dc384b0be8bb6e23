import Engine
@testable import Reporting
import Synchronization

/// Keeps the lines a terminal would show.
final class Lines: EventSink {
    let all = Mutex<[String]>([])
    func record(_ event: Event) {
        let lines = EventLines(verbose: false, style: LineStyle(isColoured: false)).lines(for: event)
        all.withLock { $0 += lines }
    }
    func finish() async {}
}
