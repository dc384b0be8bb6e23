/// Looks at every step of a graph and touches nothing.
public struct Planner: Sendable {
    /// What looking at one step gave.
    public struct Finding: Sendable {
        /// The step.
        public let id: StepID
        /// What `apply` would change, or why that could not be told.
        public let result: Result<[Difference], StepFailure>
    }

    private let graph: Graph
    private let facts: [StepID: [String: String]]

    /// Takes a graph and what each of its steps remembered, from the receipt.
    public init(_ graph: Graph, facts: [StepID: [String: String]] = [:]) {
        self.graph = graph
        self.facts = facts
    }

    /// One finding a step, in the graph's order.
    public func plan() async -> [Finding] {
        let findings = await withTaskGroup(of: Finding.self) { group in
            for step in graph.steps {
                let context = StepContext(step: step.id, facts: facts[step.id] ?? [:])
                group.addTask {
                    do throws(StepFailure) {
                        return Finding(id: step.id, result: .success(try await step.inspect(context)))
                    } catch {
                        return Finding(id: step.id, result: .failure(error))
                    }
                }
            }
            return await group.reduce(into: [StepID: Finding]()) { $0[$1.id] = $1 }
        }
        return graph.steps.compactMap { findings[$0.id] }
    }
}
