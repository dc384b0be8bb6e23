import Engine
import Platform
import Support
import Testing

@Suite struct EngineErrorTests {
    private static let place = AwkwardPlace.path

    @Test func `every error says what happened, where, and what to do about it`() throws {
        let disk = SystemCallError("open", place, code: 13)
        let holders: [RunLock.Holder] = [
            .run(process: 7, run: "r1", since: "2026-01-01T00:00:00.000Z"), .processes(["process 7 (flock)"]),
            .processes([]),
        ]
        let locks = holders.flatMap { [RunLockError.held(path: "/l", holder: $0), .stopped(path: "/l", holder: $0)] }
        #expect(ErrorWalk(RunLockError.self, in: "Engine/RunLock.swift", locks + [.unusable(disk)]).faults == [])
        let receipts = [ReceiptError.unreadable(disk), .damaged(path: place), .newer(path: place, version: 9)]
        #expect(ErrorWalk(ReceiptError.self, in: "Engine/ReceiptStore.swift", receipts).faults == [])
        let graphs = [GraphError.twice("a"), .needsLater("a", "b"), .unknown("a", known: ["b"]), .nothingLeft]
        #expect(ErrorWalk(GraphError.self, in: "Engine/Graph.swift", graphs).faults == [])
        let failures = [StepFailure(disk)]
        #expect(ErrorWalk(StepFailure.self, in: "Engine/StepFailure.swift", failures).faults == [])
    }

    private var place: String { Self.place }

    @Test func `who is kept from a run by another is told how to watch that one, of its own root`() {
        let run = RunLock.Holder.run(process: 7, run: "r1", since: "2026-01-01T00:00:00.000Z")
        let hint = RunLockError.held(path: "/l", holder: run).explanation(root: place).hint
        #expect(hint.contains("host-bootstrap status --follow --root \(ShellWord.quoted(place)) "))
        let other = RunLockError.held(path: "/l", holder: .processes(["process 7 (flock)"])).explanation.hint
        #expect(other.hasPrefix("ps -fp 7 "))
    }
}
