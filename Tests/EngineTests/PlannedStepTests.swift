import FoundationEssentials
import JSON
import Platform
import Testing

@testable import Engine

@Suite struct PlannedStepTests {
    private static let planned = [
        PlannedStep("a", changes: [Difference("/f", found: "absent", wanted: "1 bytes", detail: "+x")]),
        PlannedStep("b", failure: StepFailure(.failed, Explanation("went wrong", hint: "do"))),
    ]

    @Test func `a plan is read as it was written`() throws {
        let data = try JSONEncoder().encode(Self.planned)
        #expect(try [PlannedStep](json: Array(data)) == Self.planned)
    }

    @Test func `the same plan has moved in nothing, whatever its details`() {
        var now = Self.planned
        now[0] = PlannedStep("a", changes: [Difference("/f", found: "absent", wanted: "1 bytes")])
        #expect(PlannedStep.differences(planned: Self.planned, now: now) == [])
    }

    @Test func `what is no longer so, and what is new, is told`() {
        let now = [PlannedStep("a", changes: [Difference("/f", found: "other content", wanted: "1 bytes")])]
        #expect(
            PlannedStep.differences(planned: Self.planned, now: now) == [
                "planned, but no longer so: a: /f: absent -> 1 bytes",
                "planned, but no longer so: b: cannot tell: went wrong",
                "not planned: a: /f: other content -> 1 bytes",
            ])
    }
}
