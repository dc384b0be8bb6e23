import Platform
import Testing

@testable import Systemd

@Suite struct UnitHealthTests {

    private func state(_ set: (inout UnitState) -> Void) -> UnitState {
        var state = UnitState()
        set(&state)
        return state
    }

    private func health(_ name: String = "a.service", _ set: (inout UnitState) -> Void) throws -> UnitHealth {
        state(set).health(of: try UnitName(name))
    }

    @Test(arguments: [
        ("a.service", "active", "running"), ("a.service", "active", "exited"), ("a.timer", "active", "waiting"),
        ("a.timer", "active", "elapsed"), ("a.socket", "active", "listening"), ("a.service", "reloading", "reload"),
    ])
    func `what does its part is good`(name: String, active: String, sub: String) throws {
        #expect(
            try health(name) {
                $0.active = active
                $0.sub = sub
            } == .good)
    }

    @Test(arguments: [
        ("notify", "", "", "READY=1"), ("forking", "/run/a.pid", "", "/run/a.pid"),
        ("dbus", "", "org.example.A", "org.example.A"),
        ("oneshot", "", "", "still runs"),
    ])
    func `a unit on its way says what its type still waits for`(type: String, pid: String, bus: String, words: String)
        throws
    {
        let health = try health {
            $0.active = "activating"
            $0.sub = "start"
            $0.type = type
            $0.pidFile = pid
            $0.busName = bus
        }
        guard case .waiting(let told) = health else { throw Unexpected(health: health) }
        #expect(told.contains(words))
    }

    @Test(arguments: [
        ("activating", "auto-restart"), ("activating", "auto-restart-queued"), ("failed", "failed-before-auto-restart"),
        ("inactive", "dead-before-auto-restart"), ("deactivating", "stop-sigterm"),
    ])
    func `between two automatic restarts nothing is decided yet`(active: String, sub: String) throws {
        let health = try health {
            $0.active = active
            $0.sub = sub
            $0.result = "exit-code"
            $0.exitReason = 1
            $0.exitStatus = 3
        }
        guard case .waiting = health else { throw Unexpected(health: health) }
    }

    @Test func `a oneshot that ended well has ended, and one that failed has failed`() throws {
        #expect(try health { $0.type = "oneshot" } == .ended)
        let unit = try UnitName("a.service")
        #expect(
            try health {
                $0.type = "oneshot"
                $0.active = "failed"
                $0.result = "exit-code"
                $0.exitReason = 1
                $0.exitStatus = 3
            } == .failed(.exited(unit, status: 3)))
        var remaining = UnitState()
        remaining.type = "oneshot"
        #expect(remaining.endsByItself)
        remaining.remainsAfterExit = true
        #expect(!remaining.endsByItself)
    }

    @Test(
        arguments: [
            ("exit-code", 1, 203, "203/EXEC"), ("exit-code", 0, 0, "ExecStartPre="), ("signal", 2, 11, "signal 11"),
            ("timeout", 0, 0, "READY=1) within 90 s"), ("start-limit-hit", 1, 3, "too often"),
            ("protocol", 1, 0, "Type=notify"),
            ("watchdog", 2, 6, "watchdog"), ("oom-kill", 2, 9, "memory"), ("resources", 0, 0, "what it needs"),
            ("brand-new", 0, 0, "brand-new"),
        ] as [(String, Int32, Int32, String)])
    func `how a unit failed is told by its result`(result: String, reason: Int32, status: Int32, words: String) throws {
        let health = try health {
            $0.type = "notify"
            $0.active = "failed"
            $0.sub = "failed"
            $0.result = result
            $0.exitReason = reason
            $0.exitStatus = status
            $0.startLimit = 90_000_000
        }
        guard case .failed(let failure) = health else { throw Unexpected(health: health) }
        #expect(failure.explanation.problem.contains(words), "\(failure.explanation.problem)")
    }

    @Test func `why an inactive unit did not start is told by what kept it`() throws {
        let unit = try UnitName("a.service")
        let unmet = state { $0.unmetConditions = ["ConditionPathExists=/x"] }
        #expect(unmet.isSkipped)
        #expect(unmet.idleness(of: unit, hasBegun: false) == .unmetConditions(unit, ["ConditionPathExists=/x"]))
        let plain = state {
            $0.type = "simple"
            $0.requirements = ["b.service"]
        }
        #expect(plain.idleness(of: unit, hasBegun: false) == .notStarted(unit, requirements: ["b.service"]))
        #expect(plain.idleness(of: unit, hasBegun: true) == .endedByItself(unit, type: "simple"))
        let refused = state { $0.unmetAssertions = ["AssertPathExists=/x"] }
        #expect(refused.idleness(of: unit, hasBegun: false) == .unmetAssertions(unit, ["AssertPathExists=/x"]))
    }

    @Test func `a unit that cannot be loaded is told apart from one that failed`() throws {
        let unit = try UnitName("a.service")
        #expect(try health { $0.load = "not-found" } == .failed(.noUnitFile(unit)))
        #expect(
            try health {
                $0.load = "bad-setting"
                $0.loadError = "Unit a.service has a bad unit file setting."
            } == .failed(.badUnitFile(unit, lines: ["Unit a.service has a bad unit file setting."])))
        #expect(
            try health {
                $0.load = "masked"
                $0.fragment = "/etc/systemd/system/a.service"
            } == .failed(.masked(unit, by: "/etc/systemd/system/a.service")))
    }
}

private struct Unexpected: Error { let health: UnitHealth }
