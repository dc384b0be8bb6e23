import Archives
import Bundles
import Digests
import Engine
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

    init(_ bundle: BundleSource, _ host: Host) {
        id = StepID("bundle-\(bundle.name)")
        self.bundle = bundle
        self.host = host
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let digest = try await host.promisedDigest(of: bundle)
        let wanted = digest.map { "sha256:\($0.hex.prefix(12))" } ?? "unverified, from \(bundle.url)"
        guard let record = try await host.installedRecord(of: bundle, digest) else {
            return [Difference(bundle.name, found: "absent", wanted: wanted)]
        }
        let folder = host.store.folder(bundle.name, record.version)
        guard let drift = try await onDisk({ () throws(SystemCallError) in try record.drift(in: folder) }) else {
            return []
        }
        return [Difference(folder, found: drift, wanted: "as installed")]
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let wanted = try host.wanted(bundle)
        try await asBundle { () throws(BundleError) in
            let record = try await host.store.install(wanted, host.fetcher) { context.tell($0) }
            context.remember("version", record.version)
            context.remember("url", record.url)
            context.remember("verification", record.verification)
        }
    }
}

extension Host {
    /// What the store is asked for.
    func wanted(_ bundle: BundleSource) throws(StepFailure) -> WantedBundle {
        var limits = Unpacker.Limits()
        limits.bytes = Int64(bundle.maxUnpackedBytes)
        return WantedBundle(
            name: bundle.name, source: try archiveSource(bundle), version: bundle.version,
            architecture: architecture.rawValue, expectedFiles: bundle.expectedFiles, limits: limits)
    }

    func archiveSource(_ bundle: BundleSource) throws(StepFailure) -> ArchiveSource {
        do throws(TransferError) {
            let url = try SourceURL(bundle.url.text)
            var mirrors: [SourceURL] = []
            for mirror in bundle.mirrors { mirrors.append(try SourceURL(mirror.text)) }
            switch bundle.verification {
            case .required: return ArchiveSource(url, mirrors: mirrors, bundle.digest.map { .digest($0) } ?? .none)
            case .sidecar: return ArchiveSource(url, mirrors: mirrors, .sidecar(nil))
            case .none: return ArchiveSource(url, mirrors: mirrors, .none)
            }
        } catch {
            throw StepFailure(error)
        }
    }

    /// The digest that a bundle must have; a sidecar is asked for over the network, nil when nothing is promised.
    func promisedDigest(of bundle: BundleSource) async throws(StepFailure) -> Digest? {
        let source = try archiveSource(bundle)
        return try await asBundle { () throws(BundleError) in try await fetcher.promisedDigest(source) }
    }

    /// The newest installed version that fits; with nothing promised, one from the same address.
    func installedRecord(of bundle: BundleSource, _ digest: Digest?) async throws(StepFailure) -> InstallRecord? {
        let address = try archiveSource(bundle).urls[0].description
        let store = store, name = bundle.name
        return try await onDisk { () throws(SystemCallError) in
            try store.versions(name, archive: digest).first { digest != nil || $0.url == address }
        }
    }
}

/// Wraps a bundle's error once; a refused checksum, manifest or archive keeps its kind.
func asBundle<Value>(_ body: () async throws(BundleError) -> Value) async throws(StepFailure) -> Value {
    do throws(BundleError) { return try await body() } catch {
        throw StepFailure(error.isIntegrity ? .integrity : .failed, error.explanation)
    }
}

extension StepContext {
    /// Passes on what fetching and unpacking tell.
    func tell(_ note: ProgressNote) {
        switch note {
        case .doing(let text): progress(text)
        case .retrying(let attempt, let attempts, let reason): retried(attempt: attempt, of: attempts, reason)
        }
    }
}
