import Engine
import FoundationEssentials
import Platform
import Reporting
import Testing

@Suite struct RunTraceTests {
    private struct Trace: Decodable {
        struct Event: Decodable {
            struct Arguments: Decodable {
                let name: String?, needs: [String]?, critical: Bool?, slack_ms: Int64?
            }
            let name: String, ph: String, tid: Int, ts: Int64?, dur: Int64?, args: Arguments
        }
        let traceEvents: [Event]
        let otherData: [String: String]
    }

    @Test func `each step is an event, and what worked at the same time has a track of its own`() throws {
        let receipt = try receipt([
            ("layout", 0, 10, []), ("apt", 10, 300, ["layout"]), ("bundle", 12, 100, ["layout"]),
            ("link", 112, 5, ["bundle"]),
        ])
        let trace = try JSONDecoder().decode(Trace.self, from: JSONEncoder().encode(RunTrace(receipt)))
        #expect(trace.traceEvents.first?.ph == "M" && trace.traceEvents.first?.args.name == "host-bootstrap")
        let steps = trace.traceEvents.filter { $0.ph == "X" }
        #expect(steps.map(\.name) == ["layout", "apt", "bundle", "link"])
        #expect(steps.map(\.tid) == [0, 0, 1, 1])
        #expect(steps.map(\.ts) == [0, 10_000, 12_000, 112_000])
        #expect(steps.map(\.dur) == [10_000, 300_000, 100_000, 5000])
        #expect(steps.map(\.args.critical) == [true, true, false, false])
        #expect(steps.map(\.args.needs) == [[], ["layout"], ["layout"], ["bundle"]])
        #expect(steps.map(\.args.slack_ms) == [0, 0, 195, 195])
        #expect(trace.otherData == ["run_id": "r", "started_at": "2026-01-01T00:00:00.000Z"])
    }

    private func receipt(_ steps: [(name: String, start: Int64, length: Int64, needs: [StepID])]) throws -> Receipt {
        let begun = Timestamp(milliseconds: 1_767_225_600_000)
        var receipt = Receipt(
            run: RunIdentity(hostID: "h"), configDigest: "", agentVersion: "0.0.0", parallel: true)
        receipt.runID = "r"
        receipt.startedAt = begun
        for step in steps {
            var entry = Receipt.Entry(
                runID: "r", status: .changed, needs: step.needs,
                startedAt: Timestamp(milliseconds: begun.milliseconds + step.start), differences: [], facts: [:])
            entry.durationMilliseconds = step.length
            receipt.steps[step.name] = entry
        }
        return receipt
    }
}
