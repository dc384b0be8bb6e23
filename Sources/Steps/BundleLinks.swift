import Bundles
import Engine
import HostConfig
import Platform

/// The links to the versions in use.
///
/// They move when every bundle is there, so that no mix of old and new is ever live.
struct BundleLinks: Step {
    static let name: StepID = "bundle-links"
    let id = BundleLinks.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host

    private struct Link: Sendable {
        let path: String
        let target: String
    }

    init(_ host: Host) {
        self.host = host
        needs = Set(host.bundles.map { StepID("bundle-\($0.name)") })
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var differences: [Difference] = []
        for bundle in host.bundles {
            guard let links = try await links(of: bundle) else {
                let path = host.store.currentLink(bundle.name)
                differences.append(
                    Difference(path, found: try await target(path), wanted: "the version to be installed"))
                continue
            }
            for link in links {
                let found = try await target(link.path)
                if found != link.target { differences.append(Difference(link.path, found: found, wanted: link.target)) }
            }
        }
        return differences
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        for bundle in host.bundles {
            for link in try await links(of: bundle) ?? [] where try await target(link.path) != link.target {
                let (store, name) = (host.store, bundle.name)
                try await onDisk { () throws(SystemCallError) in
                    if link.path == store.currentLink(name) { return try store.use(name, link.target) }
                    try Self.move(link)
                }
            }
        }
    }

    private static func move(_ link: Link) throws(SystemCallError) {
        if try FileStatus.of(link.path)?.kind == .folder {
            try Files.renameIfAbsent(link.path, to: "\(link.path).moved-aside-\(Timestamp.now().milliseconds)")
        }
        try Files.replaceLink(link.path, target: link.target)
    }

    private func links(of bundle: BundleSource) async throws(StepFailure) -> [Link]? {
        guard let record = try await host.installed(bundle).record else { return nil }
        let current = Link(path: host.store.currentLink(bundle.name), target: record.version)
        guard bundle.name == "project-host" else { return [current] }
        return [current, Link(path: host.layout.bundleLink, target: "bundles/\(bundle.name)/\(record.version)")]
    }

    private func target(_ path: String) async throws(StepFailure) -> String {
        try await onDisk { () throws(SystemCallError) in
            if let target = try Files.linkTarget(path) { return target }
            return try FileStatus.of(path).map(\.kind.rawValue) ?? "absent"
        }
    }
}
