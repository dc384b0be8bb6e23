import Platform
import Testing

@testable import Engine

@Suite struct RunEstimateTests {
    private let absent = Difference("x", found: "absent", wanted: "there")

    @Test func `the longest chain of what works counts, and one after the other the sum`() throws {
        let past = receipt(["a": 4000, "b": 3000, "c": 5000, "d": 9000])
        let planned = ["a", "b", "c"].map { PlannedStep($0, changes: [absent]) } + [PlannedStep("d", changes: [])]
        let parallel = try estimate(planned, past)
        #expect(parallel == RunEstimate(milliseconds: 7000, isWhole: true))
        #expect(try estimate(planned, past, parallel: false) == RunEstimate(milliseconds: 12_000, isWhole: true))
    }

    @Test func `what never worked here is missing in it, and without anything that did there is none`() throws {
        let planned = [PlannedStep("a", changes: [absent]), PlannedStep("b", changes: [absent])]
        #expect(try estimate(planned, receipt(["a": 4000])) == RunEstimate(milliseconds: 4000, isWhole: false))
        #expect(try estimate(planned, receipt([:])) == nil)
        #expect(try estimate(planned, nil) == nil)
        let failed = PlannedStep("b", failure: StepFailure(.failed, Explanation("no disk", hint: "add one")))
        #expect(
            try estimate([planned[0], failed], receipt(["a": 4000])) == RunEstimate(milliseconds: 4000, isWhole: false))
    }

    @Test(arguments: [(200, 100, 2000), (50, 100, 500), (.max, 1, 1 << 48)])
    func `a download takes as long as its bytes make of the last one's`(
        now: Int64, before: Int64, wanted: Int64
    ) throws {
        let last = Difference("x", found: "absent", wanted: "there", downloadBytes: before)
        let work = Receipt.Work([last], milliseconds: 1000)
        #expect(work.milliseconds(for: [Difference("x", found: "1", wanted: "2", downloadBytes: now)]) == wanted)
        #expect(work.milliseconds(for: [absent]) == 1000)
        #expect(Receipt.Work([absent], milliseconds: 1000).milliseconds(for: [last]) == nil)
    }

    @Test func `the runner remembers how long a step took when it worked, whatever later looks take`() async throws {
        let folder = try WorkFolder(prefix: "/tmp/engine-tests-")
        defer { folder.remove() }
        let run = RunIdentity(hostID: "h")
        let store = ReceiptStore(
            path: "\(folder.path)/state.json",
            run: Receipt(run: run, configDigest: "", agentVersion: "", parallel: true), previous: nil)
        let step = FakeStep("a")
        for _ in 1...2 {
            let settings = Runner.Settings(parallel: true, limit: { _ in .seconds(60) })
            _ = await Runner(try Graph([step]), settings, log: EventLog(run: run, sinks: []), receipt: store).run()
        }
        let entry = try #require(store.current.steps["a"])
        #expect(entry.status == .satisfied)
        #expect(entry.lastWork != nil)
    }

    private func estimate(_ planned: [PlannedStep], _ past: Receipt?, parallel: Bool = true) throws -> RunEstimate? {
        let graph = try Graph([
            FakeStep("a"), FakeStep("b", needs: ["a"]), FakeStep("c"), FakeStep("d"),
        ])
        return RunEstimate(planned, graph, past: past, parallel: parallel)
    }

    /// Of a run in which these steps worked so long.
    private func receipt(_ times: [String: Int64]) -> Receipt {
        var receipt = Receipt(
            run: RunIdentity(hostID: "h"), configDigest: "", agentVersion: "", parallel: true)
        for (name, time) in times {
            var entry = Receipt.Entry(
                runID: "r", status: .changed, needs: [], startedAt: .now(), differences: [absent], facts: [:])
            entry.durationMilliseconds = time
            entry.lastWork = Receipt.Work([absent], milliseconds: time)
            receipt.steps[name] = entry
        }
        return receipt
    }
}
