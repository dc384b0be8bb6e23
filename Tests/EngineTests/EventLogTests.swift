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

    @Test func `user, password and query of an address show up in no event, check or difference`() {
        let sink = RecordingSink()
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [sink])
        let address = "http://corp:canary-4t@raw:w%25canary-4t@proxy/x?sig=canary-4t"
        log.emit(.preflight) { event in
            event.message = "asked \(address)"
            event.stderr = "Err:1 \(address) stable"
            event.checks = [CheckResult(id: "x", passed: false, evidence: "no \(address)", hint: address)]
            event.differences = [Difference("x", found: address, wanted: "\(address) too", detail: "-\(address)\n+x")]
        }
        let failure = StepFailure(.failed, Explanation(address, at: address, hint: address))
        let text = "\(sink.all) \(PlannedStep("x", failure: failure))"
        #expect(text.contains("‹secret›") && !text.contains("canary-4t"), "\(text)")
    }
}
