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
            (["b"], [], ["b"]), ([], ["a"], ["b"]), (["a", "b"], ["a"], ["b"]), (["finish"], [], ["finish"]),
            ([], [], ["a", "b", "finish"]),
        ] as [([StepID], [StepID], [StepID])])
    func `a part holds what is asked for, and declares the host ready only when told to`(
        only: [StepID], skip: [StepID], expected: [StepID]
    ) throws {
        #expect(try Self.graph().selecting(only: only, skip: skip).steps.map(\.id) == expected)
    }

    @Test func `an unknown step is refused with the names there are`() throws {
        let graph = try Self.graph()
        let error = #expect(throws: GraphError.self) { try graph.selecting(only: ["bb"], skip: []) }
        #expect(error?.explanation.hint == "the steps of this config are: a, b, finish")
    }
}
