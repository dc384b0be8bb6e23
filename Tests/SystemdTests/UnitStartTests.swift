import JSON
import Platform
import Testing

@testable import Systemd

@Suite struct UnitStartTests {
    @Test func `the helper's answer comes back as it was, a time limit without end included`() throws {
        var state = UnitState()
        state.type = "oneshot"
        state.startLimit = .max
        state.stopLimit = 90_000_000
        state.dropIns = ["/etc/systemd/system/a.service.d/ä \"b\".conf"]
        let start = UnitStart(
            state: state, hasBegun: true, journal: JournalSpan(since: 1_700_000_000_123_456, without: "aa"))
        #expect(try UnitStart(json: start.json()) == start)
    }
}
