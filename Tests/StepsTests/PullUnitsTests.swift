@testable import HostConfig
@testable import Platform
@testable import Privileged
import Systemd
import Testing

@testable import Steps

@Suite struct PullUnitsTests {
    @Test
    func `each host looks first at a time of its own, which stays, and within its interval and a quarter of an hour`() {
        let schedule = ScheduleSettings(everyMinutes: 30, mode: .report, source: nil, isElsewhere: false)
        let waits = (1...200).map { PullUnits.firstWait(schedule, hostID: "host-\($0)") }
        #expect(waits.allSatisfy { (1...900).contains($0) })
        #expect(Set(waits).count > 150)
        #expect(waits[0] == PullUnits.firstWait(schedule, hostID: "host-1"))
    }

    @Test func `a host that looks at itself each minute does so first within that`() {
        let schedule = ScheduleSettings(everyMinutes: 1, mode: .report, source: nil, isElsewhere: false)
        #expect((1...200).allSatisfy { (1...60).contains(PullUnits.firstWait(schedule, hostID: "host-\($0)")) })
    }

    @Test func `both units may be written behind the closed door`() throws {
        let schedule = ScheduleSettings(everyMinutes: 30, mode: .repair, source: nil, isElsewhere: false)
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let texts = [
            (ScheduleSettings.service, PullUnits.serviceText(root: "/home/ops/cocalc-host", user: "ops")),
            (ScheduleSettings.timer, PullUnits.timerText(schedule, hostID: "h")),
        ]
        for (name, text) in texts {
            let known = KnownUnits(policy: HelperPolicy(), folder: "/nowhere")
            let rules = UnitRules(unit: try UnitName(name), caller: caller, known: known)
            #expect(try rules.violation(text)?.words == nil)
        }
    }

    @Test func `the timer fires again an interval after the last look began`() {
        let schedule = ScheduleSettings(everyMinutes: 45, mode: .repair, source: nil, isElsewhere: false)
        let text = PullUnits.timerText(schedule, hostID: "h")
        #expect(text.contains("\nOnUnitActiveSec=45min\n") && text.contains("\nWantedBy=timers.target\n"))
    }
}
