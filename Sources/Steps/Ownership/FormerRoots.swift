import Engine
import HostConfig
import Platform

/// Tells of what stands beneath other roots than the config's: a changed `bootstrap_root` moves nothing.
///
/// Two roots on one host are two installations, and may be meant. Of one host, a unit that only the other root's config asked
/// for is what this one left behind.
struct FormerRoots: Step {
    let id: StepID = "former-roots"
    let phase = Phase.finish
    let needs: Set<StepID> = []
    private let host: Host
    /// The units of each that no step of this config wants.
    private let left: [(root: HostLayout, units: [OwnedThing])]

    /// Nil when there is nothing to tell.
    init?(_ host: Host, besides steps: [any Step]) {
        guard !host.others.all.isEmpty else { return nil }
        self.host = host
        left = host.others.all.filter { $0.receipt.hostID == host.configuration.hostID }.map { other in
            let units = other.owned.filter { thing in
                [.unit, .mask].contains(thing.kind) && thing.before == nil && !steps.contains { $0.wants(thing) }
            }
            return (other.layout, units)
        }
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        for other in host.others.all { context.warn(Self.words(other)) }
        var found: [(root: String, words: String)] = []
        for (root, units) in left {
            let there = try await onDisk { () throws(SystemCallError) in
                var there: [String] = []
                for unit in units where try !OwnedState.isGone(unit) { there.append(unit.name) }
                return there
            }
            if !there.isEmpty {
                found.append((root.root, "\(there.joined(separator: ", ")) of \(root.root) is still there"))
            }
        }
        guard let first = found.first else { return [] }
        context.lacks(
            Explanation(
                found.map(\.words).joined(separator: "; "),
                hint:
                    "host-bootstrap uninstall --root \(ShellWord.plain(first.root)) takes it away, and nothing that is in use here"
            ))
        return []
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {}

    private static func words(_ other: OtherRoots.Other) -> String {
        "this host was provisioned beneath \(other.layout.root), too, as \(other.receipt.hostID), "
            + "last on \(other.receipt.startedAt.rfc3339)"
    }
}
