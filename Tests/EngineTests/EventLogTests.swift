import Platform
import Testing

@testable import Engine

@Suite struct EventLogTests {
    @Test func `what was read as a secret shows up in no event, wherever it comes from`() async {
        RevealedSecrets.remember("canary-87q3-first\ncanary-87q3-second\nok")
        let sink = RecordingSink()
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [sink])
        log.emit(.stepFailed, step: "s") { event in
            event.message = "token canary-87q3-first was wrong"
            event.stdout = "a\ncanary-87q3-second\nb"
            event.stderr = "xcanary-87q3-firstx ok"
            event.error = "canary-87q3-first"
            event.place = "https://h/?t=canary-87q3-first"
            event.hint = "ok"
        }
        let text = sink.all.map { "\($0)" }.joined()
        #expect(!text.contains("canary-87q3"))
        #expect(sink.all.first?.stdout == "a\n‹secret›\nb")
        #expect(sink.all.first?.hint == "ok")
    }

    @Test func `who comes late is told all from the beginning, and nothing twice`() async {
        let sink = RecordingSink()
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [])
        log.emit(.runStarted)
        log.attach(sink)
        log.attach(sink)
        log.emit(.runFinished)
        #expect(sink.all.map(\.event) == [.runStarted, .runFinished])
    }
}
