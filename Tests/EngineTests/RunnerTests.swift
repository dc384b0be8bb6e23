import Engine
import Platform
import Testing

@Suite struct RunnerTests {
    @Test func `a host that matches is left alone`() async throws {
        let trace = Trace()
        let run = try await play([FakeStep("a", satisfied: true, trace: trace)])
        #expect(run.report.succeeded)
        #expect(run.report.changed.isEmpty)
        #expect(trace.all.isEmpty)
        #expect(run.events.map(\.event) == [.stepStarted, .stepSatisfied])
    }

    @Test func `one at a time keeps the declared order`() async throws {
        let trace = Trace()
        let steps = ["a", "b", "c"].map { FakeStep(StepID($0), trace: trace) }
        let run = try await play(steps, parallel: false)
        #expect(run.report.succeeded)
        #expect(trace.all == ["+a", "-a", "+b", "-b", "+c", "-c"])
    }

    @Test func `steps that are ready run at once, and a step waits for what it needs`() async throws {
        let trace = Trace()
        let run = try await play([
            FakeStep("a", .meets(2), trace: trace), FakeStep("b", .meets(2), trace: trace),
            FakeStep("c", needs: ["a", "b"], trace: trace),
        ])
        #expect(run.report.changed == ["a", "b", "c"])
        #expect(trace.all.suffix(2) == ["+c", "-c"])
    }

    @Test func `a failure lets others finish, skips what depends on it, and all failures are told`() async throws {
        let run = try await play([
            FakeStep("a", .fails(.failed)), FakeStep("b"), FakeStep("c", needs: ["a"]), FakeStep("d", needs: ["c"]),
            FakeStep("e", .fails(.integrity)), FakeStep("f", needs: ["b"]),
        ])
        #expect(!run.report.succeeded)
        #expect(run.report.changed == ["b", "f"])
        #expect(run.report.failures.map(\.id) == ["a", "e"])
        #expect(run.report.failures.map(\.failure.kind) == [.failed, .integrity])
        let skipped = run.events.filter { $0.event == .stepSkipped }
        #expect(skipped.map(\.step) == ["c", "d"])
        #expect(skipped.first?.message == "needs a, which did not end well")
    }

    @Test func `a step that says it worked but did not is a failure`() async throws {
        let run = try await play([FakeStep("a", .doesNothing)])
        let failure = try #require(run.report.failures.first?.failure)
        #expect(failure.explanation.problem == "still differs after it was applied: a: absent -> present")
    }

    @Test func `what is lacking at a good end is a state of its own, and keeps nothing waiting`() async throws {
        let run = try await play([FakeStep("a", .lacks("a")), FakeStep("b", needs: ["a"])])
        #expect(run.report.succeeded)
        #expect(run.report.status == .degraded)
        #expect(run.report.changed == ["b"])
        #expect(run.report.shortcomings.map(\.what) == ["a"])
        let event = try #require(run.events.last { $0.step == "a" })
        #expect(event.event == .stepFinished)
        #expect(event.status == "degraded")
        #expect(event.changed == false)
        #expect(event.error == "it did not come")
        #expect(event.hint == "publish it")
        let entry = try #require(run.receipt.steps["a"])
        #expect(entry.status == .degraded)
        #expect(entry.differences == [])
        #expect(entry.error == "x: it did not come")
        #expect(entry.hint == "publish it")
    }

    @Test func `what a step does not name as lacking must not be left`() async throws {
        let run = try await play([FakeStep("a", .lacks("something else"))])
        #expect(run.report.status == .failed)
    }

    @Test func `what lacks nothing any more is forgotten`() async throws {
        let first = try await play([FakeStep("a", .lacks("a"))])
        let second = try await play([FakeStep("a")], previous: first.receipt)
        #expect(second.report.status == .done)
        #expect(second.receipt.steps["a"]?.error == nil)
    }

    @Test func `a host stays ready while what it is ready without is tried again`() async throws {
        let unready = Trace()
        _ = try await play([FakeStep("a", .lacks("a"))]) { unready.add("a") }
        #expect(unready.all == [])
        _ = try await play([FakeStep("a", .lacks("a")), FakeStep("b")]) { unready.add("b") }
        #expect(unready.all == ["b"])
        let planned = await Planner(try Graph([FakeStep("a", .lacks("a"))])).plan()
        #expect(planned.map(\.changes.count) == [1])
    }

    @Test func `a step whose time is up is stopped and says so`() async throws {
        let run = try await play([FakeStep("a", .sleeps)], limit: .milliseconds(50))
        #expect(run.report.failures.map(\.failure.kind) == [.timedOut])
    }

    @Test func `cancelling stops the running step in order and starts nothing more`() async throws {
        let trace = Trace()
        let task = Task {
            try await play([
                FakeStep("a", .sleeps, trace: trace), FakeStep("b", needs: ["a"], trace: trace),
            ])
        }
        while trace.all.isEmpty { await Task.yield() }
        task.cancel()
        let run = try await task.value
        #expect(run.report.failures.map(\.failure.kind) == [.cancelled])
        #expect(run.report.failures.map(\.failure.explanation.problem) == ["stopped: interrupted"])
        #expect(run.report.status == .stopped)
        #expect(run.events.last { $0.step == "a" }?.status == "stopped")
        #expect(run.receipt.steps["a"]?.status == .stopped)
        #expect(trace.all == ["+a", "-a"])
        #expect(run.receipt.steps["b"]?.status == .skipped)
    }

    @Test func `the intent is on disk before anything is changed`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/engine-tests-")
        let store = emptyStore(folder)
        let step = WitnessStep(path: store.path)
        let log = EventLog(run: store.identity, sinks: [])
        let settings = Runner.Settings(parallel: true, limit: { _ in .seconds(60) })
        let report = await Runner(try Graph([step]), settings, log: log, receipt: store.store).run()
        #expect(report.succeeded)
        let after = try #require(try ReceiptStore.read(store.path))
        #expect(after.steps["witness"]?.status == .changed)
        #expect(after.steps["witness"]?.facts == ["seen": "running"])
        try Folders.removeTree(folder)
    }

    @Test func `what is remembered reaches the next run`() async throws {
        let first = try await play([FakeStep("a")])
        #expect(first.receipt.facts["a"] == ["applied": "yes"])
        let second = try await play([FakeStep("a", satisfied: true)], previous: first.receipt)
        #expect(second.receipt.facts["a"] == ["applied": "yes"])
    }

    @Test func `a warning is told once in a run, and stands in the receipt until a run has none`() async throws {
        let first = try await play([WarnedStep(warning: "mind the gap")])
        #expect(first.events.compactMap(\.message).filter { $0 == "warning: mind the gap" }.count == 1)
        #expect(first.receipt.steps["warned"]?.warnings == ["mind the gap"])
        let second = try await play([WarnedStep(warning: nil)], previous: first.receipt)
        #expect(second.receipt.steps["warned"]?.warnings == nil)
        let planned = await Planner(try Graph([WarnedStep(warning: "mind the gap")])).plan()
        #expect(planned.map(\.warnings) == [["mind the gap"]])
    }

    @Test func `percent never falls and each step has one last event`() async throws {
        let run = try await play((0..<20).map { FakeStep(StepID("s\($0)")) })
        let percents = run.events.compactMap(\.percent)
        #expect(percents == percents.sorted())
        #expect(percents.count == 20)
        #expect(percents.allSatisfy { (0...99).contains($0) })
    }
}

/// Warns each time it looks.
private struct WarnedStep: Step {
    let id: StepID = "warned"
    let phase = Phase.install
    let needs: Set<StepID> = []
    let warning: String?
    private let done = Trace()

    init(warning: String?) { self.warning = warning }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        if let warning { context.warn(warning) }
        return done.all.isEmpty ? [Difference("w", found: "0", wanted: "1")] : []
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) { done.add("done") }
}

/// Looks, while it is applied, at what the receipt on disk says of it.
private struct WitnessStep: Step {
    let id: StepID = "witness"
    let phase = Phase.install
    let needs: Set<StepID> = []
    let path: String
    private let done = Trace()

    init(path: String) { self.path = path }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        done.all.isEmpty ? [Difference("w", found: "0", wanted: "1")] : []
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let status = ((try? ReceiptStore.read(path)) ?? nil)?.steps["witness"]?.status
        context.remember("seen", status?.rawValue ?? "nothing")
        done.add("done")
    }
}

struct Played {
    let report: RunReport
    let events: [Event]
    let receipt: Receipt
}

struct EmptyStore {
    let path: String
    let identity: RunIdentity
    let store: ReceiptStore
}

func emptyStore(_ folder: String, previous: Receipt? = nil) -> EmptyStore {
    let identity = RunIdentity(hostID: "h1")
    let receipt = Receipt(run: identity, configDigest: "00", agentVersion: "1", parallel: true)
    let path = "\(folder)/state.json"
    return EmptyStore(path: path, identity: identity, store: ReceiptStore(path: path, run: receipt, previous: previous))
}

func play(
    _ steps: [any Step], parallel: Bool = true, limit: Duration = .seconds(60), previous: Receipt? = nil,
    beforeFirstChange: @escaping @Sendable () -> Void = {}
) async throws -> Played {
    let folder = try Folders.makeTemporary(prefix: "/tmp/engine-tests-")
    let store = emptyStore(folder, previous: previous)
    let sink = RecordingSink()
    let log = EventLog(run: store.identity, sinks: [sink])
    let settings = Runner.Settings(
        parallel: parallel, limit: { _ in limit }, beforeFirstChange: { beforeFirstChange() })
    let report = await Runner(try Graph(steps), settings, log: log, receipt: store.store).run()
    try Folders.removeTree(folder)
    return Played(report: report, events: sink.all, receipt: store.store.current)
}
