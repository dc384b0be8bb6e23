/// The part of a graph that `--only` and `--skip` ask for, and what there is to say about it.
public struct GraphSelection: Sendable {
    /// The steps to run.
    public let graph: Graph
    /// The steps that are not looked at, in their order.
    public let leftOut: [StepID]
    /// What was brought in or left out besides the letter of the command line, in sentences.
    public let notes: [String]

    /// Makes a selection from its parts.
    public init(graph: Graph, leftOut: [StepID], notes: [String]) {
        self.graph = graph
        self.leftOut = leftOut
        self.notes = notes
    }
}

extension Graph {
    /// The part of the graph that `--only` and `--skip` ask for.
    ///
    /// A step that is asked for brings what it needs. What is skipped counts as satisfied. The last step declares the host
    /// ready, so a part never holds it unless it is named.
    /// - Throws: ``GraphError/unknown(_:known:)``; ``GraphError/nothingLeft`` when all that is asked for is skipped.
    public func selecting(only: [StepID], skip: [StepID]) throws(GraphError) -> GraphSelection {
        guard !only.isEmpty || !skip.isEmpty else { return GraphSelection(graph: self, leftOut: [], notes: []) }
        for name in only + skip where !steps.contains(where: { $0.id == name }) {
            throw .unknown(name, known: steps.map(\.id))
        }
        let skipped = Set(skip)
        let asked = only.isEmpty ? steps.filter { $0.phase != .finish }.map(\.id) : only
        let wanted = asked.reduce(into: Set<StepID>()) { $0.formUnion(closure(of: $1, without: skipped)) }
        guard !wanted.isEmpty else { throw .nothingLeft }
        let part = part { wanted.contains($0.id) }
        return GraphSelection(
            graph: part, leftOut: steps.map(\.id).filter { !wanted.contains($0) },
            notes: included(by: only, skipped) + assumed(skipped, in: part))
    }

    /// A step and all that it needs, over any number of steps, but for what is skipped.
    private func closure(of name: StepID, without skipped: Set<StepID>) -> Set<StepID> {
        var found: Set<StepID> = []
        var next = [name]
        while let name = next.popLast() {
            guard !skipped.contains(name), found.insert(name).inserted else { continue }
            next += steps.first { $0.id == name }?.needs ?? []
        }
        return found
    }

    private func included(by only: [StepID], _ skipped: Set<StepID>) -> [String] {
        only.compactMap { name in
            let brought = closure(of: name, without: skipped).subtracting(only)
            return brought.isEmpty ? nil : "\(name) needs \(list(brought)): included"
        }
    }

    private func assumed(_ skipped: Set<StepID>, in part: Graph) -> [String] {
        steps.map(\.id).filter(skipped.contains).compactMap { name in
            let users = Set(part.steps.filter { $0.needs.contains(name) }.map(\.id))
            return users.isEmpty ? nil : "\(name) is skipped, and taken as done for \(list(users))"
        }
    }

    private func list(_ names: Set<StepID>) -> String {
        steps.map(\.id).filter(names.contains).map(\.name).joined(separator: ", ")
    }
}
