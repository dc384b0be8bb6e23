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
}

extension Host {
    /// What is installed of a bundle, or was rolled back to from what the config leads to.
    func installed(
        _ bundle: BundleSource, _ tell: @Sendable (String) -> Void = { _ in }
    ) async throws(StepFailure) -> InstalledBundle {
        let (store, name) = (store, bundle.name)
        let found = try await installedByConfig(bundle, tell)
        let pinned = await onOwnThread { () throws(Never) -> (BundleStore.Pin, InstallRecord)? in
            guard let pin = store.pin(name), let version = found.record?.version, version == pin.insteadOf,
                let record = store.record(name, pin.version)
            else { return nil }
            return (pin, record)
        }
        guard let (pin, record) = pinned else { return found }
        tell(
            "stays at \(pin.version): \(pin.insteadOf) was rolled back on \(pin.since); "
                + "host-bootstrap rollback \(name) --to \(pin.insteadOf) takes it again")
        return InstalledBundle(wanted: "\(pin.version), rolled back to", record: record)
    }

    /// Compares what a bundle's source promises with what is installed.
    ///
    /// When the sidecar that promises cannot be had now, what once came from the same address and was verified by a
    /// sidecar will do, which is told: a host that needs nothing must not fail because a server is away.
    func installedByConfig(
        _ bundle: BundleSource, _ tell: @Sendable (String) -> Void = { _ in }
    ) async throws(StepFailure) -> InstalledBundle {
        let source = try await archiveSource(bundle)
        do throws(BundleError) {
            let digest = try await fetcher.promisedDigest(source)
            let wanted =
                digest.map { "\($0.algorithm.rawValue):\($0.hex.prefix(12))" } ?? "unverified, from \(bundle.url)"
            let found = try await record(of: bundle, archive: digest) { digest != nil || source.offers($0) }
            return InstalledBundle(wanted: wanted, record: found)
        } catch {
            guard case .transfer(let reason) = error, !Task.isCancelled else { throw StepFailure(error) }
            let old = try await asBundle { () throws(BundleError) in
                try await record(of: bundle, archive: nil) { source.offers($0) && $0.verification == "sidecar" }
            }
            guard let record = old else { throw StepFailure(error) }
            tell("\(reason.explanation.summary); version \(record.version), verified when it was installed, will do")
            return InstalledBundle(wanted: "verified by a sidecar", record: record)
        }
    }

    private func record(
        of bundle: BundleSource, archive digest: Digest?, _ fits: @escaping @Sendable (InstallRecord) -> Bool
    ) async throws(BundleError) -> InstallRecord? {
        let store = store, name = bundle.name
        do throws(SystemCallError) {
            return try await onOwnThread { () throws(SystemCallError) in
                try store.versions(name, archive: digest).first(where: fits)
            }
        } catch {
            throw .disk(error)
        }
    }

    /// Where a bundle comes from, with the secrets that its server wants to see.
    func archiveSource(_ bundle: BundleSource) async throws(StepFailure) -> ArchiveSource {
        let secret = try await reveal(bundle.authorization)
        do throws(TransferError) {
            let url = try SourceURL(bundle.url.text)
            var mirrors: [SourceURL] = []
            for mirror in bundle.mirrors { mirrors.append(try SourceURL(mirror.text)) }
            let digest = bundle.digest.map { ArchiveSource.Verification.digest($0) }
            let verification: ArchiveSource.Verification =
                switch bundle.verification {
                case .required: digest ?? .none
                case .sidecar: digest ?? .sidecar(nil)
                case .none: .none
                }
            var source = ArchiveSource(url, mirrors: mirrors, verification)
            if let secret { source.access = try Access(secret, for: url) }
            return source
        } catch {
            throw StepFailure(error)
        }
    }

    private func reveal(_ secret: Secret?) async throws(StepFailure) -> String? {
        guard let secret else { return nil }
        do throws(SecretError) {
            return try await onOwnThread { () throws(SecretError) in try secret.reveal() }
        } catch {
            throw StepFailure(error)
        }
    }
}

extension ArchiveSource {
    /// A record's archive came from one of these addresses.
    fileprivate func offers(_ record: InstallRecord) -> Bool { urls.contains { $0.description == record.url } }
}
