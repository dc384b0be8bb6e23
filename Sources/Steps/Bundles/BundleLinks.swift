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
        var pins: [String: BundleStore.Pin] = [:]
        for bundle in host.bundles {
            let installed = try await host.installed(bundle)
            pins[bundle.name] = installed.pin
            guard let links = links(to: installed, of: bundle) else {
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
        if let lacking = Self.lacking(pins) { context.lacks(lacking) }
        return differences
    }

    /// A host that was rolled back is not as the config says, and nothing goes wrong with it.
    private static func lacking(_ pins: [String: BundleStore.Pin]) -> Explanation? {
        let sorted = pins.sorted { $0.key < $1.key }
        guard let (name, first) = sorted.first else { return nil }
        return Explanation(
            sorted.map { "\($0) stays at \($1.version): \($1.insteadOf), which the config leads to, \($1.words)" }
                .joined(separator: "; "),
            hint: "let the config lead to a mended version; \(first.remedy(name))")
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        for bundle in host.bundles {
            let installed = try await host.installed(bundle)
            for link in links(to: installed, of: bundle) ?? [] where try await target(link.path) != link.target {
                let (store, name) = (host.store, bundle.name)
                try await onDisk { () throws(SystemCallError) in
                    if link.path == store.currentLink(name) { return try store.use(name, link.target) }
                    try Self.move(link)
                }
            }
        }
    }

    /// `current` is its bundle's.
    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var found: [OwnedThing] = []
        for bundle in host.bundles {
            let installed = try await host.installed(bundle)
            found += (links(to: installed, of: bundle) ?? []).dropFirst().map {
                OwnedThing(.link, $0.path, content: $0.target)
            }
        }
        return try await Ownership.look(found, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.isSame(as: OwnedThing(.link, host.layout.bundleLink))
            && host.bundles.contains { $0.name == "project-host" }
    }

    private static func move(_ link: Link) throws(SystemCallError) {
        if try FileStatus.of(link.path)?.kind == .folder {
            try Files.moveAside(link.path)
        }
        try Files.replaceLink(link.path, target: link.target)
    }

    private func links(to installed: InstalledBundle, of bundle: BundleSource) -> [Link]? {
        guard let record = installed.record else { return nil }
        let current = Link(path: host.store.currentLink(bundle.name), target: record.version)
        guard bundle.name == "project-host" else { return [current] }
        let folder = host.store.folder(bundle.name, record.version)
        let target = bundle.root == nil ? "bundles/\(bundle.name)/\(record.version)" : folder
        return [current, Link(path: host.layout.bundleLink, target: target)]
    }

    private func target(_ path: String) async throws(StepFailure) -> String {
        try await onDisk { () throws(SystemCallError) in
            if let target = try Files.linkTarget(path) { return target }
            return try FileStatus.of(path).map(\.kind.rawValue) ?? "absent"
        }
    }
}
