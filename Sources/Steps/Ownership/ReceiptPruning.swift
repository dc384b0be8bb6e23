import Engine
import Platform

extension Receipt {
    /// Forgets what is gone of what left the config, and the steps of which nothing is left.
    ///
    /// Blocks.
    mutating func prune(keeping graph: Graph) {
        let wanted = Set(graph.steps.map(\.id.name))
        for (name, entry) in steps {
            let left = (entry.owned ?? Orphans.older(name, entry)).filter { thing in
                graph.steps.contains { $0.wants(thing) } || (try? OwnedState.isGone(thing)) != true
            }
            if entry.owned != nil { steps[name]?.owned = left }
            // Its last entry tells what it took away.
            if !wanted.contains(name), left.isEmpty, entry.runID != runID { steps[name] = nil }
        }
    }
}
