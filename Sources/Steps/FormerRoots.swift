import Engine
import HostConfig
import Platform

/// Tells of what stands beneath other roots than the config's: a changed `bootstrap_root` moves nothing.
///
/// Two roots on one host are two installations, and may be meant; of one host they are what a config left behind.
struct FormerRoots: Step {
    let id: StepID = "former-roots"
    let phase = Phase.finish
    let needs: Set<StepID> = []
    private let host: Host

    /// Nil when there is nothing to tell.
    init?(_ host: Host) {
        guard !host.others.all.isEmpty else { return nil }
        self.host = host
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        for other in host.others.all where other.receipt.hostID != host.configuration.hostID {
            context.warn("\(Self.words(other)) as host \(other.receipt.hostID)")
        }
        let left = host.others.all.filter { $0.receipt.hostID == host.configuration.hostID }
        guard let first = left.first else { return [] }
        context.lacks(
            Explanation(
                left.map(Self.words).joined(separator: "; "),
                hint:
                    "host-bootstrap uninstall --root '\(first.layout.root)' takes that away, and not what is in use here"
            ))
        return []
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        for other in host.others.all { context.warn(Self.words(other)) }
        return []
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {}

    private static func words(_ other: OtherRoots.Other) -> String {
        "this host was provisioned beneath \(other.layout.root), too, last on \(other.receipt.startedAt.rfc3339)"
    }
}
