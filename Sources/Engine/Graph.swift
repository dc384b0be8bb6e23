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

    /// The steps that fit, without what they need: what is left out counts as satisfied.
    public func part(_ fits: (any Step) -> Bool) -> Graph { Graph(filtered: steps.filter(fits)) }

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
    /// `--skip` leaves out all that `--only` asks for.
    case nothingLeft

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .twice(let step):
            Explanation(
                "two steps have the same name", at: step.name,
                hint: "let each entry of the config lead to a step name of its own")
        case .needsLater(let step, let need):
            Explanation(
                "needs \(need), which does not come before it", at: step.name,
                hint: "this is a fault of host-bootstrap: report it with the config")
        case .unknown(let step, let known):
            Explanation(
                "there is no step of that name", at: step.name,
                hint: "the steps of this config are: \(known.map(\.name).joined(separator: ", "))")
        case .nothingLeft:
            Explanation(
                "--skip leaves out every step that is asked for",
                hint: "name a step in --only or in --skip, not in both")
        }
    }
}
