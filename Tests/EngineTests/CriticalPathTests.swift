import Engine
import Platform
import Testing

@Suite struct CriticalPathTests {
    @Test func `the longest chain is the path and the others have slack`() {
        let path = CriticalPath([
            "layout": entry(10), "apt": entry(300, ["layout"]), "bundle": entry(100, ["layout"]),
            "btrfs": entry(50, ["apt"]), "services": entry(40, ["btrfs", "bundle"]),
        ])
        #expect(path.steps == ["layout", "apt", "btrfs", "services"])
        #expect(path.milliseconds == 400)
        #expect(path.slack == ["layout": 0, "apt": 0, "btrfs": 0, "services": 0, "bundle": 250])
    }

    @Test func `no steps have no path, and a circle is left out`() {
        #expect(CriticalPath([:]).steps.isEmpty)
        #expect(CriticalPath(["a": entry(5, ["b"]), "b": entry(5, ["a"]), "c": entry(1)]).steps == ["c"])
    }

    private func entry(_ milliseconds: Int64, _ needs: [StepID] = []) -> Receipt.Entry {
        var entry = Receipt.Entry(
            runID: "r", status: .changed, needs: needs, startedAt: Timestamp(milliseconds: 0), differences: [],
            facts: [:])
        entry.durationMilliseconds = milliseconds
        return entry
    }
}
