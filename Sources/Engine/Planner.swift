extension StepContext {
    fileprivate var planWarnings: [String]? { warnings.isEmpty ? nil : warnings }
}

/// Looks at every step of a graph and touches nothing.
public struct Planner: Sendable {
    private let graph: Graph
    private let facts: [StepID: [String: String]]

    /// Takes a graph and what each of its steps remembered, from the receipt.
    public init(_ graph: Graph, facts: [StepID: [String: String]] = [:]) {
        self.graph = graph
        self.facts = facts
    }

    /// What `apply` would do, in the graph's order.
    public func plan() async -> [PlannedStep] {
        let planned = await look { (step, context) throws(StepFailure) in try await step.preview(context) }
        let isChanged = graph.steps.contains { !$0.isOptional && planned[$0.id]?.changes.isEmpty == false }
        return graph.steps.compactMap { step in
            let plan = planned[step.id]
            guard isChanged, plan?.changes.isEmpty == true, let consequence = step.consequence else { return plan }
            return plan?.followed(by: consequence)
        }
    }

    /// How the host differs now, in the graph's order.
    public func verify() async -> [PlannedStep] {
        let found = await look { (step, context) throws(StepFailure) in try await step.verify(context) }
        return graph.steps.compactMap { found[$0.id] }
    }

    private func look(
        _ body: @escaping @Sendable (any Step, StepContext) async throws(StepFailure) -> [Difference]
    ) async -> [StepID: PlannedStep] {
        await withTaskGroup(of: PlannedStep.self) { group in
            for step in graph.steps {
                let context = StepContext(step: step.id, facts: facts[step.id] ?? [:])
                group.addTask {
                    do throws(StepFailure) {
                        let changes = try await body(step, context)
                        return PlannedStep(
                            step.id, changes: changes, warnings: context.planWarnings,
                            lacking: context.shortcoming?.reason)
                    } catch {
                        return PlannedStep(step.id, failure: error, warnings: context.planWarnings)
                    }
                }
            }
            return await group.reduce(into: [StepID: PlannedStep]()) { $0[$1.step] = $1 }
        }
    }
}
