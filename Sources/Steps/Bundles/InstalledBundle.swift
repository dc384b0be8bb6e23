import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Transfer

/// A bundle as the config wants it, and what of it is there.
struct InstalledBundle: Sendable {
    /// What is wanted, in words.
    let wanted: String
    /// The newest installed version that is it; nil when there is none.
    let record: InstallRecord?
    /// What it stands in for, when it was rolled back to.
    var pin: BundleStore.Pin?
}

extension Host {
    /// What is installed of a bundle, or was rolled back to from what the config leads to.
    func installed(
        _ bundle: BundleSource, _ tell: @Sendable (String) -> Void = { _ in }
    ) async throws(StepFailure) -> InstalledBundle {
        let (store, name) = (store, bundle.name)
        let found = try await installedByConfig(bundle, tell)
        let pinned = await onOwnThread { () throws(Never) -> (BundleStore.Pin, InstallRecord)? in
            guard !retriesVersions, let pin = store.pin(name), found.record.map(pin.standsIn) == true,
                let record = store.record(name, pin.version)
            else { return nil }
            return (pin, record)
        }
        guard let (pin, record) = pinned else { return found }
        tell("stays at \(pin.version): \(pin.insteadOf) \(pin.words); \(pin.remedy(name))")
        return InstalledBundle(wanted: "\(pin.version), rolled back to", record: record, pin: pin)
    }

    /// Compares what a bundle's source promises with what is installed.
    ///
    /// When the sidecar that promises cannot be had now, what once came from the same address and was verified by a
    /// sidecar will do, which is told: a host that needs nothing must not fail because a server is away.
    func installedByConfig(
        _ bundle: BundleSource, _ tell: @Sendable (String) -> Void = { _ in }
    ) async throws(StepFailure) -> InstalledBundle {
        if inspection.isOffline { return try await installedOffline(bundle) }
        let access = try await access(bundle)
        do throws(BundleError) {
            let offer = try await offer(bundle, access), source = offer.source
            let digest = try await fetcher.promisedDigest(source)
            let trust = source.signing == nil ? "unverified" : "signed"
            let wanted =
                digest.map { "\($0.algorithm.rawValue):\($0.hex.prefix(12))" } ?? "\(trust), from \(bundle.url)"
            let found = try await record(of: bundle, archive: digest) {
                (digest != nil || bundle.offered($0)) && offer.least?.isOlder($0.version) != true
            }
            return InstalledBundle(wanted: wanted, record: found)
        } catch {
            guard case .transfer(let reason) = error, !Task.isCancelled else { throw StepFailure(error) }
            let old = try await asBundle { () throws(BundleError) in
                try await record(of: bundle, archive: nil) { bundle.offered($0) && $0.verification == "sidecar" }
            }
            guard let record = old else { throw StepFailure(error) }
            tell("\(reason.explanation.summary); version \(record.version), verified when it was installed, will do")
            return InstalledBundle(wanted: "verified by a sidecar", record: record)
        }
    }

    /// Without a digest in the config, what came from the same address counts.
    private func installedOffline(_ bundle: BundleSource) async throws(StepFailure) -> InstalledBundle {
        let digest = bundle.digest
        let found = try await asBundle { () throws(BundleError) in
            try await record(of: bundle, archive: digest) { digest != nil || bundle.offered($0) }
        }
        let wanted = digest.map { "\($0.algorithm.rawValue):\($0.hex.prefix(12))" } ?? "from \(bundle.url)"
        return InstalledBundle(wanted: wanted, record: found)
    }

    private func record(
        of bundle: BundleSource, archive digest: Digest?, _ fits: @escaping @Sendable (InstallRecord) -> Bool
    ) async throws(BundleError) -> InstallRecord? {
        let store = store, name = bundle.name
        do throws(SystemCallError) {
            return try await onOwnThread { () throws(SystemCallError) in
                try store.versions(name, archive: digest).first {
                    fits($0) && bundle.minimumVersion.map($0.isAtLeast) ?? true
                }
            }
        } catch {
            throw .disk(error)
        }
    }

    /// What the bundle's server wants to see.
    func access(_ bundle: BundleSource) async throws(StepFailure) -> Access {
        guard let secret = bundle.authorization else { return .open }
        let text = try await reveal(secret)
        do throws(TransferError) { return try Access(text, for: try SourceURL(bundle.url.text)) } catch {
            throw StepFailure(error)
        }
    }

    /// A secret's text, read wherever it lies.
    func reveal(_ secret: Secret) async throws(StepFailure) -> String {
        try await onOwnThread { () throws(StepFailure) in try value(of: secret) }
    }

    /// Where a bundle comes from now.
    struct Offer: Sendable {
        let source: ArchiveSource
        /// The version it has there, if that is told.
        let version: String?
        /// No older one is taken from there; nil where the config's own word says what is.
        let least: LeastVersion?
    }

    /// Asks where a bundle comes from now; of a file of releases, refuses what is older than what came from there before.
    func offer(_ bundle: BundleSource, _ access: Access) async throws(BundleError) -> Offer {
        var release: Release?, least: LeastVersion?
        if case .manifest(let address) = bundle.location {
            release = try await fetcher.release(
                try sourceURL(address), access, architecture: architecture.rawValue)
            least = try await leastVersion(bundle, namedBy: try sourceURL(address).description)
            if let version = release?.version {
                try least?.accept(version, from: try sourceURL(address).description)
            }
        }
        var mirrors: [SourceURL] = []
        for mirror in bundle.mirrors { mirrors.append(try sourceURL(mirror)) }
        let verification = try verification(bundle, release)
        let url = if let release { release.url } else { try sourceURL(bundle.url) }
        var source = ArchiveSource(url, mirrors: mirrors, verification)
        source.access = access
        source.size = if let size = bundle.size { Int64(size) } else { release?.size }
        source.manifest = release == nil ? nil : try sourceURL(bundle.url).description
        source.signing = bundle.signature.map { part in
            ArchiveSource.Signing(part == .archive ? .archive : .checksums, keys: configuration.signatureKeys)
        }
        return Offer(source: source, version: bundle.version ?? release?.version, least: least)
    }

    /// Nil before the first, and where the digest or the version stands in the config: its owner may go back.
    private func leastVersion(
        _ bundle: BundleSource, namedBy address: String
    ) async throws(BundleError) -> LeastVersion? {
        guard bundle.digest == nil, bundle.version == nil else { return nil }
        let (store, name) = (store, bundle.name)
        do throws(SystemCallError) {
            let seen = try await onOwnThread { () throws(SystemCallError) in
                try store.newestSeen(name, namedBy: address)
            }
            return seen.map { LeastVersion(version: $0, path: store.seenPath(name)) }
        } catch { throw .disk(error) }
    }

    private func verification(
        _ bundle: BundleSource, _ release: Release?
    ) throws(BundleError) -> ArchiveSource.Verification {
        if let digest = bundle.digest { return .digest(digest) }
        switch bundle.verification {
        case .none: return .none
        case .required where bundle.signature != .checksums: return .none
        case .required, .sidecar:
            if let release { return .announced(release.digest) }
            return .sidecar(try bundle.checksumURL.map { (address) throws(BundleError) in try sourceURL(address) })
        }
    }

    private func sourceURL(_ address: WebAddress) throws(BundleError) -> SourceURL {
        do throws(TransferError) { return try SourceURL(address.text) } catch { throw .transfer(error) }
    }
}

extension BundleStore.Pin {
    /// Why a version is not in use, which the text before names.
    var words: String {
        reason.map { "was not healthy on \(since): \($0)" } ?? "was rolled back on \(since)"
    }

    /// How to take it again.
    func remedy(_ name: String) -> String {
        reason == nil
            ? "host-bootstrap rollback \(name) --to \(insteadOf) --config FILE takes it again"
            : "host-bootstrap apply --retry-version --config FILE takes it again"
    }
}

extension BundleSource {
    /// A record's archive came from one of these addresses, or was named by this one.
    fileprivate func offered(_ record: InstallRecord) -> Bool {
        let addresses = ([url] + mirrors).compactMap { try? SourceURL($0.text).description }
        return addresses.contains(record.url) || record.manifest.map(addresses.contains) ?? false
    }
}
