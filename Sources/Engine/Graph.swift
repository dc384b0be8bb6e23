public import Platform

/// The steps of a run in their fixed order, and what needs what.
public struct Graph: Sendable {
    /// The steps, each after all that it needs.
    public let steps: [any Step]

    /// Takes steps in the order in which `--no-parallel` runs them.
    /// - Throws: a name used twice, or a need that does not come before.
    public init(_ steps: [any Step]) throws(GraphError) {
        var known: Set<StepID> = []
        for step in steps {
            if let missing = step.needs.subtracting(known).min() { throw .needsLater(step.id, missing) }
            guard known.insert(step.id).inserted else { throw .twice(step.id) }
        }
        self.steps = steps
    }

    private init(filtered steps: [any Step]) { self.steps = steps }

    /// The part of the graph that `--only` and `--skip` ask for; what is left out counts as satisfied.
    ///
    /// The last step declares the host ready, so a part never holds it unless it is named.
    /// - Throws: a name that no step has.
    public func selecting(only: [StepID], skip: [StepID]) throws(GraphError) -> Graph {
        guard !only.isEmpty || !skip.isEmpty else { return self }
        for name in only + skip where !steps.contains(where: { $0.id == name }) {
            throw .unknown(name, known: steps.map(\.id))
        }
        return Graph(
            filtered: steps.filter { step in
                if skip.contains(step.id) { return false }
                return only.isEmpty ? step.phase != .finish : only.contains(step.id)
            })
    }

    /// What a step needs among the steps that are in this graph.
    public func needs(of step: any Step) -> Set<StepID> { step.needs.intersection(steps.map(\.id)) }
}

/// A graph that cannot be, or a part of one that does not exist.
public enum GraphError: Explained, Equatable {
    /// Two steps bear the same name.
    case twice(StepID)
    /// A step needs one that does not come before it.
    case needsLater(StepID, StepID)
    /// No step has this name.
    case unknown(StepID, known: [StepID])

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .twice(let step):
            Explanation("two steps have the same name", at: step.name, hint: "name each service once in the config")
        case .needsLater(let step, let need):
            Explanation(
                "needs \(need), which does not come before it", at: step.name,
                hint: "this is a fault of host-bootstrap: report it with the config")
        case .unknown(let step, let known):
            Explanation(
                "there is no step of that name", at: step.name,
                hint: "the steps of this config are: \(known.map(\.name).joined(separator: ", "))")
        }
    }
}
