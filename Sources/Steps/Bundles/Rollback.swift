import Bundles
import Engine
import HostConfig
import Platform

/// Going back to a version of a bundle that is still installed, without network.
public struct Rollback: Sendable {
    /// The bundle's name.
    public let bundle: String
    /// The version to go to; nil: the last healthy one before.
    public let version: String?

    /// Asks for one.
    public init(_ bundle: String, to version: String?) {
        self.bundle = bundle
        self.version = version
    }

    /// Looks for the version to go to, and touches nothing.
    func choose(_ host: Host) async throws(StepFailure) -> RollbackChoice {
        let (source, versions, target) = try await look(host)
        let byConfig = try await host.installedByConfig(source)
        guard let wanted = byConfig.record else {
            let current = versions.current.map { "give the config that leads to \($0), which is in use; or " } ?? ""
            throw StepFailure(
                Explanation(
                    "the config leads to a version that is not installed (\(byConfig.wanted)): "
                        + "no run would stay at \(target)", at: bundle,
                    hint: "\(current)let the config lead to \(target), and run host-bootstrap apply --config FILE"))
        }
        return RollbackChoice(
            bundle: bundle, current: versions.current, target: target, wanted: wanted, isHealthy: versions.isHealthy)
    }

    /// Sees on the disk alone whether there is a version to go to.
    func check(_ host: Host) async throws(StepFailure) { _ = try await look(host) }

    private func look(
        _ host: Host
    ) async throws(StepFailure) -> (source: BundleSource, versions: Versions, target: String) {
        guard let source = host.bundles.first(where: { $0.name == bundle }) else {
            let names = host.bundles.map(\.name).joined(separator: ", ")
            throw StepFailure(
                Explanation(
                    "the config has no such bundle for this host", at: bundle,
                    hint: names.isEmpty ? "its bundle_urls name none at all" : "it has: \(names)"))
        }
        let (store, rollback) = (host.store, self)
        let versions = try await onDisk { () throws(SystemCallError) in try Versions(store, rollback) }
        return (source, versions, try versions.checked(bundle))
    }

    /// What there is to choose from, looked up at once.
    private struct Versions: Sendable {
        let current: String?
        let target: String?
        let installed: [String]
        let isHealthy: Bool
        let drift: String?

        init(_ store: BundleStore, _ rollback: Rollback) throws(SystemCallError) {
            let bundle = rollback.bundle
            current = try store.currentVersion(bundle)
            installed = try store.versions(bundle, archive: nil).map(\.version).sorted()
            let healthy = try store.otherHealthyVersions(bundle)
            target = rollback.version ?? healthy.first
            isHealthy = target.map(healthy.contains) ?? false
            guard let target, let record = store.record(bundle, target) else {
                drift = nil
                return
            }
            drift = try record.drift(in: store.folder(bundle, target))
        }

        func checked(_ bundle: String) throws(StepFailure) -> String {
            guard let target else {
                throw StepFailure(
                    Explanation("there is no other version that was seen to be healthy", at: bundle, hint: others))
            }
            guard installed.contains(target) else {
                throw StepFailure(Explanation("version \(target) is not installed", at: bundle, hint: others))
            }
            if let drift {
                throw StepFailure(
                    Explanation(
                        "version \(target) is no longer as it was installed: \(drift)", at: bundle,
                        hint:
                            "let the config name it and run host-bootstrap apply --config FILE, which repairs it; or \(others)"
                    ))
            }
            return target
        }

        private var others: String {
            let others = installed.filter { $0 != current && (drift == nil || $0 != target) }
            return others.isEmpty
                ? "no other version is installed: let the config name the one to use, and run host-bootstrap apply --config FILE"
                : "take one that is installed, with --to: \(others.joined(separator: ", "))"
        }
    }
}

/// The version to go to, which is there and as it was installed.
struct RollbackChoice: Sendable {
    let bundle: String
    let current: String?, target: String
    /// The version that the config leads to.
    let wanted: InstallRecord
    let isHealthy: Bool

    /// What is being done.
    var words: String { "rolling \(bundle) back \(way)\(isHealthy ? "" : ", which was never seen to be healthy")" }
    /// What was done, once all steps have ended well.
    var claim: String { "\(bundle) was rolled back \(way)" }
    private var way: String { "from \(current ?? "nothing") to \(target)" }

    /// Makes the version the one to use from now on; the steps then switch the link and restart what uses it.
    func pin(_ host: Host) async throws(StepFailure) {
        let (store, choice) = (host.store, self)
        try await onDisk { () throws(SystemCallError) in
            // Who rolls back says that what was in use is not good: it is not to be rolled back to.
            if let current = choice.current, current != choice.target {
                try store.markUnhealthy(choice.bundle, current)
            }
            if choice.wanted.version != choice.target {
                try store.pin(choice.bundle, to: choice.target, insteadOf: choice.wanted)
            } else {
                try store.unpin(choice.bundle)
            }
        }
    }
}
