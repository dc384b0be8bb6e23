@testable import HostConfig
import Testing

@testable import Steps

@Suite struct PullUnitsTests {
    @Test func `each host looks first at a time of its own, which stays, and never later than its interval`() {
        let schedule = ScheduleSettings(everyMinutes: 30, mode: .report, source: nil)
        let waits = (1...200).map { PullUnits.firstWait(schedule, hostID: "host-\($0)") }
        #expect(waits.allSatisfy { (1...1800).contains($0) })
        #expect(Set(waits).count > 150)
        #expect(waits[0] == PullUnits.firstWait(schedule, hostID: "host-1"))
    }

    @Test func `the timer fires again an interval after the last look began`() {
        let schedule = ScheduleSettings(everyMinutes: 45, mode: .repair, source: nil)
        let text = PullUnits.timerText(schedule, hostID: "h")
        #expect(text.contains("\nOnUnitActiveSec=45min\n") && text.contains("\nWantedBy=timers.target\n"))
    }
}
