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

    /// Makes the version the one to use from now on; the steps then switch the link and restart what uses it.
    ///
    /// The answer says what is being done.
    func prepare(_ host: Host) async throws(StepFailure) -> String {
        let (store, asked, bundle) = (host.store, version, bundle)
        guard let source = host.bundles.first(where: { $0.name == bundle }) else {
            let names = host.bundles.map(\.name).joined(separator: ", ")
            throw StepFailure(
                Explanation(
                    "the config has no such bundle for this host", at: bundle,
                    hint: names.isEmpty ? "there are none" : "there are: \(names)"))
        }
        let wanted = try await host.installedByConfig(source).record?.version
        let choice = try await onDisk { () throws(SystemCallError) in
            try Choice(store, bundle, asked: asked)
        }
        let target = try choice.checked(bundle)
        try await onDisk { () throws(SystemCallError) in
            if let wanted, wanted != target {
                try store.pin(bundle, to: target, insteadOf: wanted)
            } else {
                try store.unpin(bundle)
            }
            // Who rolls back says that what was in use is not good: it is not to be rolled back to.
            if let current = choice.current, current != target { try store.markUnhealthy(bundle, current) }
        }
        let doubt = choice.isHealthy ? "" : ", which was never seen to be healthy"
        return "rolling \(bundle) back from \(choice.current ?? "nothing") to \(target)\(doubt)"
    }

    /// What there is to choose from, looked up at once.
    private struct Choice: Sendable {
        let current: String?
        let target: String?
        let asked: String?
        let installed: [String]
        let isHealthy: Bool
        let drift: String?

        init(_ store: BundleStore, _ bundle: String, asked: String?) throws(SystemCallError) {
            self.asked = asked
            current = try store.currentVersion(bundle)
            installed = try store.versions(bundle, archive: nil).map(\.version).sorted()
            let healthy = try store.otherHealthyVersions(bundle)
            target = asked ?? healthy.first
            isHealthy = target.map(healthy.contains) ?? false
            guard let target, let record = store.record(bundle, target) else {
                drift = nil
                return
            }
            drift = try record.drift(in: store.folder(bundle, target))
        }

        func checked(_ bundle: String) throws(StepFailure) -> String {
            let versions = installed.isEmpty ? "none" : installed.joined(separator: ", ")
            guard let target else {
                throw StepFailure(
                    Explanation(
                        "there is no other version that was seen to be healthy", at: bundle,
                        hint: "installed: \(versions); --to VERSION takes any of them"))
            }
            guard installed.contains(target) else {
                throw StepFailure(
                    Explanation("version \(target) is not installed", at: bundle, hint: "installed: \(versions)"))
            }
            if let drift {
                throw StepFailure(
                    Explanation(
                        "version \(target) is no longer as it was installed: \(drift)", at: bundle,
                        hint: "let the config name it and run apply, which repairs it; installed: \(versions)"))
            }
            return target
        }
    }
}
