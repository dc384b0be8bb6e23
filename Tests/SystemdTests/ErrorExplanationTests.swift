import Platform
import Support
import Systemd
import Testing

@Suite struct ErrorExplanationTests {
    static let units = ["a.service"].compactMap { try? UnitName($0) }

    static let failures: [UnitFailure] = units.flatMap { unit -> [UnitFailure] in
        [
            .noUnitFile(unit), .masked(unit, by: "/etc/systemd/system/a.service"), .masked(unit, by: ""),
            .badUnitFile(unit, lines: ["/etc/systemd/system/a.service:2: no"]), .badUnitFile(unit, lines: []),
            .exited(unit, status: 3), .notSetUp(unit, status: 203), .notSetUp(unit, status: 217), .commandFailed(unit),
            .killed(unit, signal: 9), .tooSlow(unit, what: "it did not end", seconds: 5), .startedTooOften(unit),
            .watchdog(unit), .outOfMemory(unit), .brokenPromise(unit, type: "forking", what: "it did not"),
            .noResources(unit), .endedByItself(unit, type: "simple"),
            .unmetConditions(unit, ["ConditionPathExists=/x"]),
            .unmetAssertions(unit, ["AssertPathExists=/x"]), .notStarted(unit, requirements: ["b.service"]),
            .other(unit, result: "new", state: "failed (failed)"),
        ]
    }

    static let examples: [SystemdError] = [
        .noBus(reason: "no such file"), .slow(unit: "a.service", seconds: 90), .notAwaited(unit: "a.service"),
        .badName("a b"), .refused(call: "Reload", unit: "systemd", name: "org.x.Failed", message: "no"),
        .refused(call: "EnableUnitFiles", unit: "a.service", name: "org.x.Failed", message: "no"),
        .refused(
            call: "StartUnit", unit: "a.service", name: "org.freedesktop.DBus.Error.AccessDenied", message: "denied"),
        .noUserSystemd(manager: "user@1000.service", reason: "no such file"),
    ]

    @Test(arguments: failures)
    func `each failure of a unit names the unit, the problem and a remedy`(failure: UnitFailure) {
        let words = failure.explanation
        #expect(words.place == "a.service")
        #expect(!words.problem.isEmpty && !words.problem.contains("\n") && !words.hint.isEmpty)
        #expect(words.hint.contains("a.service") || words.hint.contains("config") || words.hint.contains("journalctl"))
    }

    @Test(arguments: examples)
    func `each error of systemd's names the problem and a remedy`(error: SystemdError) {
        #expect(!error.explanation.problem.isEmpty && !error.explanation.hint.isEmpty)
    }

    @Test func `every case has an example, whose words are fit to be told`() throws {
        #expect(ErrorWalk(UnitFailure.self, in: "Systemd/UnitFailure.swift", Self.failures).faults == [])
        #expect(ErrorWalk(SystemdError.self, in: "Systemd/SystemdError.swift", Self.examples).faults == [])
    }

    @Test func `a hint fits the call that was refused`() {
        let hints = Self.examples.map(\.explanation.hint)
        #expect(hints[4].contains("daemon-reload") && !hints[4].contains("status 'systemd'"))
        #expect(hints[5].contains("[Install]"))
        #expect(hints[6].contains("preflight"))
    }
}
