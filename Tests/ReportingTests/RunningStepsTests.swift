import Engine
import Platform
import Synchronization
import Testing

@testable import Reporting

@Suite struct RunningStepsTests {
    @Test(arguments: [1, 20, 40, 79, 80, 200], [1, 2, 3, 5, 22])
    func `what is shown fits the window, whatever steps say`(columns: Int, rows: Int) {
        let steps = played { log in
            for number in 1...9 {
                log.emit(.stepStarted, step: StepID("bundle-number-\(number)"))
                log.emit(.stepProgress, step: StepID("bundle-number-\(number)")) {
                    $0.message = "取得中 https://例え.example/\u{1b}[2Jé/e\u{301}/🚀/\(String(repeating: "x", count: 300))"
                }
            }
        }
        let block = steps.block(columns: columns, rows: rows, spinner: "⠋ ", at: .now)
        #expect(!block.isEmpty && block.count <= rows)
        #expect(block.allSatisfy { $0.displayWidth <= columns })
        #expect(block.joined().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func `a step for which there is no room is counted`() {
        let steps = played { log in for name in ["a", "b", "c", "d"] { log.emit(.stepStarted, step: StepID(name)) } }
        let block = steps.block(columns: 80, rows: 4, spinner: "- ", at: .now)
        #expect(
            block.map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
                "- a 0", "- b 0", "and 2 more", "0 %, 0",
            ])
    }

    @Test func `a step is shown from its start to its end, with what it last said, and its transfer in place of that`()
    {
        var steps = played { log in
            log.emit(.stepStarted, step: "apt-packages")
            log.emit(.stepStarted, step: "bundle-tools")
            log.emit(.stepProgress, step: "apt-packages") { $0.message = "updating the package lists" }
            log.emit(.stepProgress, step: "apt-packages") { $0.message = "installing jq" }
            log.emit(.stepProgress, step: "bundle-tools") { $0.message = "fetching" }
            log.emit(.stepSatisfied, step: "layout") { $0.percent = 33 }
        }
        steps.take(ByteProgress(3 << 20, of: 6 << 20), by: "bundle-tools", at: .now)
        #expect(
            words(steps) == [
                "apt-packages 0 s installing jq", "bundle-tools 0 s 3.0 of 6.0 MiB", "33 %, 1 step ended, 0 s",
            ])
        #expect(steps.sentence(at: .now) == "apt-packages 0 s, bundle-tools 0 s (3.0 of 6.0 MiB)")
    }

    @Test func `work that receives nothing is named beside its step`() {
        var steps = played { $0.emit(.stepStarted, step: "pack") }
        steps.take(ByteProgress(3 << 20, of: 6 << 20, work: "compressing"), by: "pack", at: .now)
        #expect(words(steps) == ["pack, compressing 0 s 3.0 of 6.0 MiB"])
        #expect(steps.sentence(at: .now) == "pack, compressing 0 s (3.0 of 6.0 MiB)")
    }

    @Test func `a retry says which attempt runs, and forgets how far the last one came`() {
        var steps = played { $0.emit(.stepStarted, step: "bundle-tools") }
        steps.take(ByteProgress(3 << 20, of: 6 << 20), by: "bundle-tools", at: .now)
        steps = played(steps) { log in
            log.emit(.stepRetried, step: "bundle-tools") { event in
                event.attempt = 1
                event.attempts = 5
                event.message = "timed out"
            }
        }
        #expect(words(steps).first == "bundle-tools 0 s attempt 2 of 5")
    }

    @Test func `nothing is shown before the first step, nor when the run has ended`() {
        #expect(words(played { $0.emit(.runStarted) }).isEmpty)
        let ended = played { log in
            log.emit(.stepStarted, step: "layout")
            log.emit(.runFinished)
        }
        #expect(words(ended).isEmpty && ended.sentence(at: .now) == nil)
    }

    @Test func `of a run that is read later, a step's time is counted from its event`() throws {
        var event = Event.sample(.stepStarted, step: "apt-packages")
        event.time = Timestamp(milliseconds: Timestamp.now().milliseconds - 65_000).rfc3339
        var steps = RunningSteps()
        steps.take(event)
        let sentence = try #require(steps.sentence(at: .now))
        #expect(["apt-packages 65 s", "apt-packages 66 s"].contains(sentence))
    }

    private func words(_ steps: RunningSteps) -> [String] {
        steps.block(columns: 80, rows: 20, spinner: "", at: .now).map {
            $0.split(separator: " ").joined(separator: " ")
        }
    }

    private func played(_ steps: RunningSteps = RunningSteps(), _ play: (EventLog) -> Void) -> RunningSteps {
        let sink = KeptEvents()
        play(EventLog(run: RunIdentity(hostID: "h"), sinks: [sink]))
        return sink.events.withLock { $0 }.reduce(into: steps) { $0.take($1) }
    }
}

/// Keeps events.
final class KeptEvents: EventSink {
    let events = Mutex<[Event]>([])
    func record(_ event: Event) { events.withLock { $0.append(event) } }
    func finish() async {}
}

extension Event {
    /// An event as a log makes it.
    static func sample(_ kind: Event.Kind, step: StepID? = nil) -> Event {
        let sink = KeptEvents()
        EventLog(run: RunIdentity(hostID: "h"), sinks: [sink]).emit(kind, step: step)
        return sink.events.withLock { $0[0] }
    }
}
