import Bundles
import Engine
import HostConfig
import Platform

/// The end of an upgrade: the versions in use have proved themselves, and those that nobody needs any more go.
///
/// It comes after all services were seen to be healthy.
struct BundleVersions: Step {
    let id: StepID = "bundle-versions"
    let phase = Phase.finish
    let needs: Set<StepID>
    private let host: Host

    init(_ host: Host, needs: Set<StepID>) {
        self.host = host
        self.needs = needs
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look()
        return host.inspection.readsEverything ? found + (try await damaged(besides: found)) : found
    }

    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let found = try await look()
        return found + (try await damaged(besides: found))
    }

    /// Older versions that nobody should go back to: only a close look finds them, since there may be many.
    private func damaged(besides found: [Difference]) async throws(StepFailure) -> [Difference] {
        let (store, check) = (host.store, host.treeCheck(ownsFolder: true))
        var all: [Difference] = []
        for bundle in host.bundles {
            let name = bundle.name, wanted = try await host.installed(bundle).record?.version
            all += try await onDisk { () throws(SystemCallError) in
                let needed = [wanted, try store.currentVersion(name), store.pin(name)?.insteadOf]
                var damaged: [Difference] = []
                for record in try store.versions(name, archive: nil) where !needed.contains(record.version) {
                    let folder = store.folder(name, record.version)
                    guard !found.contains(where: { $0.what == folder }),
                        let difference = Difference(folder, try record.drifts(in: folder, check), wanted: "removed"),
                        try !VersionsInUse().refer(to: folder)
                    else { continue }
                    damaged.append(difference)
                }
                return damaged
            }
        }
        return all
    }

    private func look() async throws(StepFailure) -> [Difference] {
        let (store, names, keep) = (host.store, host.bundles.map(\.name), host.configuration.keepVersions)
        return try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            var use: VersionsInUse?
            for name in names {
                guard let current = try store.currentVersion(name) else { continue }
                if try store.healthySince(name, current) == nil { found.append(Self.unproven(name, current)) }
                for version in try store.superfluousVersions(name, keep: keep) {
                    let look: VersionsInUse
                    if let use { look = use } else { look = try VersionsInUse() }
                    use = look
                    let folder = store.folder(name, version)
                    if !look.refer(to: folder) {
                        found.append(Difference(folder, found: "an old version", wanted: "removed"))
                    }
                }
            }
            return found
        }
    }

    /// A version that is still to be put to use will have to prove itself.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await inspect(context)
        for bundle in host.bundles {
            let (store, name) = (host.store, bundle.name)
            let current = try await onDisk { () throws(SystemCallError) in try store.currentVersion(name) }
            let wanted = try await host.installed(bundle).record?.version
            let isProven = try await onDisk { () throws(SystemCallError) in
                try wanted.flatMap { (wanted) throws(SystemCallError) in try store.healthySince(name, wanted) } != nil
            }
            guard !isProven, wanted == nil || wanted != current else { continue }
            found.removeAll { $0.what == current.map { Self.unproven(name, $0).what } }
            found.append(Self.unproven(name, wanted ?? "the version to be installed"))
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let (store, names) = (host.store, host.bundles.map(\.name))
        let what = Set(differences.map(\.what))
        for name in names {
            let removed = try await onDisk { () throws(SystemCallError) -> [String] in
                if let current = try store.currentVersion(name), what.contains(Self.unproven(name, current).what) {
                    try store.markHealthy(name, current)
                }
                let old = try store.versions(name, archive: nil).map(\.version).filter {
                    what.contains(store.folder(name, $0))
                }
                for version in old { try store.remove(name, version) }
                return old
            }
            for version in removed { context.progress("removed \(name) \(version), which nobody needs any more") }
        }
    }

    private static func unproven(_ name: String, _ version: String) -> Difference {
        Difference("\(name) \(version)", found: "not seen to be healthy", wanted: "healthy")
    }
}
