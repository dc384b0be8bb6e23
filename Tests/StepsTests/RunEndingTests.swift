import Engine
import Platform
import Testing

@testable import Steps

/// What the last event of a run says.
@Suite struct RunEndingTests {
    @Test func `each step counts once: as changed, as found right, or as lacking`() async throws {
        let event = try await last([
            Ending("a", finds: []), Ending("b", finds: ["x"]), Ending("c", finds: ["x", "y"], lacks: "y"),
            Ending("d", finds: ["y"], lacks: "y"),
        ])
        #expect(event.status == "degraded")
        #expect(event.percent == 100)
        #expect(
            event.message?.hasPrefix("CLAIM: 2 steps changed it, 1 found it right, ") == true, "\(event.message ?? "")")
        #expect(event.error == "c: it did not come (and 1 more)")
        #expect(event.hint == "publish it")
    }

    @Test func `a run in which nothing is lacking says no more than its claim`() async throws {
        let event = try await last([Ending("a", finds: [])])
        #expect(event.status == "done")
        #expect(event.message?.hasPrefix("CLAIM: 0 steps changed it, 1 found it right, ") == true)
        #expect(event.error == nil && event.hint == nil)
    }

    private func last(_ steps: [any Step]) async throws -> Event {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let report = try await Played.run(steps, in: folder).report
        let told = Told()
        EventLog(run: RunIdentity(hostID: "h"), sinks: [told]).emit(.runFinished) {
            $0.tell(.ran(report, claim: "CLAIM"))
        }
        return try #require(told.all.first)
    }
}

/// A step that finds what a test says, and makes all of it go away but for what it names as lacking.
private final class Ending: Step {
    let id: StepID
    let phase = Phase.install
    let needs: Set<StepID> = []
    private let found: [String]
    private let lacking: String?
    private let hasActed = StopFlag()

    init(_ id: StepID, finds found: [String], lacks lacking: String? = nil) {
        self.id = id
        self.found = found
        self.lacking = lacking
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        found.filter { !hasActed.isSet || $0 == lacking }.map { Difference($0, found: "absent", wanted: "there") }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        hasActed.set()
        if let lacking { context.lacks(Explanation("it did not come", hint: "publish it"), of: [lacking]) }
    }
}
