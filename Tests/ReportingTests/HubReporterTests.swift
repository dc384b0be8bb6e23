import Engine
import Platform
@testable import Reporting
import Synchronization
import Testing

@Suite struct HubReporterTests {
    private static let run = ReportedRun(
        configDigest: "c0ffee", agentVersion: "1.2.3", scheduleSeconds: 1800, configSource: nil)

    @Test func `reports arrive in order, numbered without a gap, the last with the final status`() async throws {
        let hub = FakeHub()
        let reporter = HubReporter(Self.run, interval: .milliseconds(1), post: hub.post)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [reporter])
        log.emit(.runStarted)
        for number in 0..<20 {
            log.emit(.stepStarted, step: StepID("s\(number)")) { $0.phase = .install }
            log.emit(.stepSatisfied, step: StepID("s\(number)")) { $0.percent = number * 5 }
            try await Task.sleep(for: .milliseconds(2))
        }
        log.emit(.runFinished) { event in
            event.status = "done"
            event.percent = 100
        }
        await log.finish()
        let reports = try hub.reports()
        #expect(reports.map(\.sequence) == Array(1...reports.count))
        #expect(reports.count > 1)
        #expect(reports.last?.status == "done")
        #expect(reports.last?.percent == 100)
        #expect(reports.map(\.percent) == reports.map(\.percent).sorted())
        #expect(reports.flatMap(\.events).count == 42)
        #expect(reports.last?.steps.count == 20)
    }

    @Test
    func `the first report says of which config and program the run is, and how often to expect word, no other does`()
        async throws
    {
        let hub = FakeHub()
        let reporter = HubReporter(Self.run, interval: .milliseconds(1), post: hub.post)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [reporter])
        log.emit(.runStarted)
        while try hub.reports().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        log.emit(.runFinished) { $0.status = "done" }
        await log.finish()
        let reports = try hub.reports()
        #expect(reports.map(\.configDigest) == ["c0ffee", nil])
        #expect(reports.map(\.agentVersion) == ["1.2.3", nil])
        #expect(reports.map(\.heartbeatSeconds) == [60, nil])
        #expect(reports.map(\.scheduleSeconds) == [1800, nil])
    }

    @Test func `a run in which nothing happens for long is reported all the same, with no events, until it ends`()
        async throws
    {
        let hub = FakeHub()
        let reporter = HubReporter(
            Self.run, interval: .milliseconds(1), heartbeat: .milliseconds(20), post: hub.post)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [reporter])
        log.emit(.runStarted)
        while try hub.reports().count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        log.emit(.runFinished) { $0.status = "done" }
        try await Task.sleep(for: .milliseconds(100))
        await log.finish()
        let reports = try hub.reports()
        #expect(reports.map(\.sequence) == Array(1...reports.count))
        #expect(reports[1...].dropLast().allSatisfy { $0.events.isEmpty && $0.status == "running" })
        #expect(reports.count { $0.status == "done" } == 1)
    }

    /// How a run ended, and what the hub is told; its protocol knows done and failed.
    @Test(arguments: [("done", "done"), ("degraded", "done"), ("failed", "failed"), ("stopped", "failed")])
    func `the hub is told how steps and the run ended, and the run's own last words`(ending: String, status: String)
        async throws
    {
        let hub = FakeHub()
        let reporter = HubReporter(Self.run, interval: .milliseconds(1), post: hub.post)
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [reporter])
        log.emit(.stepFinished, step: "data-index") { $0.status = "degraded" }
        log.emit(.stepFailed, step: "apt-packages") { $0.status = "stopped" }
        log.emit(.runFinished) { event in
            event.status = ending
            event.error = "something"
            event.message = "these words"
        }
        await log.finish()
        let report = try #require(try hub.reports().last)
        #expect(report.status == status)
        #expect(report.message == "these words")
        #expect(report.steps.map(\.status) == ["degraded", "stopped"])
    }

    @Test func `what a hub that is down did not take is kept on disk and delivered first by the next run`() async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/spool-tests-")
        let down = FakeHub(answers: .later(.seconds(3600)))
        try await playRun(against: down, spool: folder, giveUp: true)
        let left = try Folders.names(in: folder)
        #expect(!left.isEmpty)

        let up = FakeHub()
        try await playRun(against: up, spool: folder, giveUp: false)
        let reports = try up.reports()
        #expect(Set(reports.map(\.runID)).count == 2)
        #expect(reports.map(\.runID) == reports.map(\.runID).sorted())
        #expect(try Folders.names(in: folder).isEmpty)
        try Folders.removeTree(folder)
    }

    @Test func `a report that the hub refuses for good does not hold up the next`() async throws {
        let hub = FakeHub(answers: .refused)
        try await playRun(against: hub, spool: nil, giveUp: false)
        #expect(try hub.reports().last?.status == "done")
    }

    private func hasReport(_ folder: String) -> Bool {
        ((try? Folders.names(in: folder)) ?? []).contains { $0.hasSuffix(".json") }
    }

    private func playRun(against hub: FakeHub, spool: String?, giveUp: Bool) async throws {
        let reporter = HubReporter(Self.run, interval: .milliseconds(1), post: hub.post)
        if let spool { try await reporter.spool(in: spool) }
        // Two runs within a second would sort by chance.
        let start = Timestamp(milliseconds: Timestamp.now().milliseconds + (giveUp ? 0 : 2000))
        let log = EventLog(run: RunIdentity(hostID: "h", startedAt: start), sinks: [reporter])
        log.emit(.runStarted)
        log.emit(.runFinished) { $0.status = "done" }
        guard giveUp else { return await log.finish() }
        // finish() would wait its ten seconds: the file is what matters.
        while spool.map({ !hasReport($0) }) ?? false {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Answers every report alike; stands for a hub that is down, or up, without a socket.
private final class FakeHub: Sendable {
    private let bodies = Mutex<[[UInt8]]>([])
    private let answer: Delivery
    init(answers answer: Delivery = .accepted) { self.answer = answer }

    var post: @Sendable ([UInt8]) async -> Delivery {
        { [self] body in
            bodies.withLock { $0.append(body) }
            return answer
        }
    }

    func reports() throws -> [Report] { try bodies.withLock { $0 }.map(Report.init(json:)) }
}
