import Archives
package import Bundles
package import Engine
import HostConfig
import Platform
import Transfer

/// One bundle: fetched, verified and unpacked into its version's folder.
///
/// The links move later, all together.
struct BundleInstallation: Step {
    let id: StepID
    let phase = Phase.install
    let needs: Set<StepID> = ["layout"]
    private let bundle: BundleSource
    private let host: Host

    private static let prefix = "bundle-"
    /// Where the versions are, unless it is beneath `bundles`.
    static let rootFact = "root"

    /// The name of the bundle that a step of this name installs.
    static func bundle(ofStep name: String) -> String? {
        name.hasFirstBytes(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    init(_ bundle: BundleSource, _ host: Host) {
        id = StepID("\(Self.prefix)\(bundle.name)")
        self.bundle = bundle
        self.host = host
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let folders = folders
        if let obstacle = try await root?.obstacle(host) { throw StepFailure(obstacle) }
        if let root { context.remember(Self.rootFact, root.path) } else { context.forget(Self.rootFact) }
        let misplaced = try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            for folder in folders { if let difference = try folder.difference() { found.append(difference) } }
            return found
        }
        let installed = try await host.installed(bundle) { context.progress($0) }
        guard let record = installed.record else {
            // Folders that are not there come with it.
            return misplaced.filter { $0.found != "absent" }
                + [Difference(bundle.name, found: "absent", wanted: installed.wanted)]
        }
        let folder = host.store.folder(bundle.name, record.version), check = host.treeCheck(ownsFolder: true)
        let drifts = try await onDisk { () throws(SystemCallError) in try record.drifts(in: folder, check) }
        return misplaced + (Difference(folder, drifts, wanted: "as installed").map { [$0] } ?? [])
    }

    /// The bundle's own folders: of its versions, and of what is known of them.
    private var folders: [Placement] {
        let folder = host.store.folder(bundle.name)
        return [folder, BundleStore.records(in: folder)].map {
            Placement(path: $0, kind: .folder, mode: 0o755, user: host.owner)
        }
    }

    private var root: BundleRoot? { BundleRoot(bundle, host.layout) }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let folder = host.store.folder(bundle.name)
        let wasEmpty = try await onDisk { () throws(SystemCallError) in
            guard try FileStatus.of(folder)?.kind == .folder else { return false }
            return try Folders.names(in: folder).isEmpty
        }
        var thing = OwnedThing(.bundle, folder)
        // Whoever made it for this keeps it.
        if root != nil, wasEmpty { thing.content = "its folder was there" }
        return try await Ownership.look(
            (root?.above ?? []).map { OwnedThing(.folder, $0) } + [thing], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.isSame(as: OwnedThing(.bundle, host.store.folder(bundle.name)))
            || thing.kind == .folder && root?.above.contains(thing.name) == true
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await inspect(context)
        let folders = Set(folders.map(\.path))
        guard let last = found.last, !folders.contains(last.what) else { return found }
        let source = try await host.wanted(bundle).source
        let previewed = await host.previewed(last, source.urls[0], source.access)
        found[found.count - 1] = previewed.with(detail: [last.detail, previewed.detail])
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let folders = folders
        if let root { try await host.makeFolder(root.path, mode: 0o755) }
        for folder in folders { try await host.refuseForeignFolders(nil, in: folder.path) }
        try await onDisk { () throws(SystemCallError) in for folder in folders { try folder.mend() } }
        if let record = try await host.installed(bundle).record {
            try await host.refuseForeignFolders(record, in: host.store.folder(bundle.name, record.version))
        }
        // Where only they differed, there is nothing to fetch.
        let mended = Set(folders.map(\.path))
        if differences.contains(where: { mended.contains($0.what) }), try await inspect(context).isEmpty { return }
        let wanted = try await host.wanted(bundle)
        try await asBundle { () throws(BundleError) in
            let record: InstallRecord
            if let made = try await byDelta(wanted, context) {
                record = made
            } else {
                record = try await host.store.install(wanted, host.fetcher) { context.tell($0) }
            }
            let (store, name) = (host.store, bundle.name)
            do throws(SystemCallError) {
                try await onOwnThread { () throws(SystemCallError) in try store.noteSeen(record, of: name) }
            } catch { throw .disk(error) }
            context.remember("version", record.version)
            context.remember("url", record.url)
            context.remember("verification", record.verification)
            context.remember("sha256", record.archiveDigest)
            if let manifest = record.manifest { context.remember("manifest_url", manifest) }
        }
    }
}

extension BundleInstallation {
    /// Makes it out of a version that is installed; nil when the whole bundle must be fetched.
    private func byDelta(_ wanted: WantedBundle, _ context: StepContext) async throws(BundleError) -> InstallRecord? {
        guard let delta = bundle.delta else { return nil }
        do throws(BundleError) {
            let url: SourceURL
            do throws(TransferError) { url = try SourceURL(delta.url.text) } catch { throw .transfer(error) }
            var source = ArchiveSource(url, .digest(delta.digest))
            source.access = wanted.source.access
            source.size = delta.size.map(Int64.init)
            return try await host.store.install(wanted, delta: source, host.fetcher) { context.tell($0) }
        } catch {
            if Task.isCancelled { throw error }
            context.progress("\(error.explanation.summary); fetching the whole bundle")
            return nil
        }
    }
}

extension Host {
    /// What the store is asked for.
    func wanted(_ bundle: BundleSource) async throws(StepFailure) -> WantedBundle {
        let access = try await access(bundle)
        let found: Offer
        do throws(BundleError) { found = try await offer(bundle, access) } catch { throw StepFailure(error) }
        return WantedBundle(
            name: bundle.name, source: found.source, version: found.version, minimumVersion: bundle.minimumVersion,
            least: found.least, architecture: architecture.rawValue, expectedFiles: bundle.expectedFiles,
            limits: Unpacker.Limits(bytes: Int64(bundle.maxUnpackedBytes)))
    }
}

/// Wraps a bundle's error once.
func asBundle<Value>(_ body: () async throws(BundleError) -> Value) async throws(StepFailure) -> Value {
    do throws(BundleError) { return try await body() } catch { throw StepFailure(error) }
}

extension StepFailure {
    /// Wraps a bundle's error; one that speaks of wrong bytes decides the exit code.
    init(_ error: BundleError) { self.init(error.isIntegrity ? .integrity : .failed, error.explanation) }
}

extension StepContext {
    /// Passes on what fetching and unpacking tell.
    package func tell(_ note: ProgressNote) {
        switch note {
        case .doing(let text): progress(text)
        case .received(let bytes, let whole): measure(ByteProgress(bytes, of: whole))
        case .through(let bytes, let whole, let work): measure(ByteProgress(bytes, of: whole, work: work))
        case .retrying(let attempt, let attempts, let reason): retried(attempt: attempt, of: attempts, reason)
        }
    }
}
