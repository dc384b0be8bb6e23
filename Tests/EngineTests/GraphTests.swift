import Engine
import Platform
import Testing

@Suite struct GraphTests {
    static func graph() throws -> Graph {
        try Graph([FakeStep("a"), FakeStep("b", needs: ["a"]), FakeStep("finish", needs: ["a", "b"])])
    }

    @Test func `a step may only need what comes before it`() {
        #expect(throws: GraphError.needsLater("a", "b")) { try Graph([FakeStep("a", needs: ["b"]), FakeStep("b")]) }
    }

    @Test func `a name stands for one step`() {
        #expect(throws: GraphError.twice("a")) { try Graph([FakeStep("a"), FakeStep("a")]) }
    }

    @Test(
        arguments: [
            (["b"], [], ["a", "b"]), (["a"], [], ["a"]), ([], ["a"], ["b"]), (["a", "b"], ["a"], ["b"]),
            (["finish"], [], ["a", "b", "finish"]), ([], [], ["a", "b", "finish"]),
        ] as [([StepID], [StepID], [StepID])])
    func `a part holds what is asked for and what that needs, and declares the host ready only when told to`(
        only: [StepID], skip: [StepID], expected: [StepID]
    ) throws {
        let selection = try Self.graph().selecting(only: only, skip: skip)
        #expect(selection.graph.steps.map(\.id) == expected)
        #expect(selection.leftOut == ["a", "b", "finish"].filter { !expected.contains($0) })
    }

    @Test(
        arguments: [
            (["c"], [], ["c needs a, b: included"]), (["b", "a"], [], []),
            (["c", "b"], [], ["c needs a: included", "b needs a: included"]),
            ([], ["a"], ["a is skipped, and taken as done for b"]),
            (["c"], ["a"], ["c needs b: included", "a is skipped, and taken as done for b"]),
            (["c"], ["b"], ["b is skipped, and taken as done for c"]),
        ] as [([StepID], [StepID], [String])])
    func `what a part brings in and takes as done is told`(
        only: [StepID], skip: [StepID], notes: [String]
    ) throws {
        let graph = try Graph([
            FakeStep("a"), FakeStep("b", needs: ["a"]), FakeStep("c", needs: ["b"]),
            FakeStep("finish", needs: ["a", "c"]),
        ])
        #expect(try graph.selecting(only: only, skip: skip).notes == notes)
    }

    @Test func `a part without any step is refused`() throws {
        #expect(throws: GraphError.nothingLeft) { try Self.graph().selecting(only: ["a"], skip: ["a"]) }
    }

    @Test func `an unknown step is refused with the names there are`() throws {
        let graph = try Self.graph()
        let error = #expect(throws: GraphError.self) { try graph.selecting(only: ["bb"], skip: []) }
        #expect(error?.explanation.hint == "the steps of this config are: a, b, finish")
    }
}
