public import Digests
import Platform
public import Transfer

/// What is told while an archive is fetched and unpacked.
public typealias ProgressNotes = @Sendable (ProgressNote) -> Void

/// One thing told.
public enum ProgressNote: Sendable, Equatable {
    /// A sentence on what is being done.
    case doing(String)
    /// An attempt failed for this reason, and another follows.
    case retrying(attempt: Int, of: Int, reason: String)
}

/// Brings archives to this host and checks them.
public struct ArchiveFetcher: Sendable {
    private let downloader: Downloader
    private let published: PublishedChecksums
    private let folder: String

    /// Keeps downloads in a folder of the caller's own.
    public init(_ downloader: Downloader, downloads folder: String) {
        self.downloader = downloader
        published = PublishedChecksums(downloader)
        self.folder = folder
    }

    /// The digest that a source promises now, by the first of its addresses that tells; nil when it promises none.
    public func promisedDigest(_ source: ArchiveSource) async throws(BundleError) -> Digest? {
        switch source.verification {
        case .digest(let digest): return digest
        case .none: return nil
        case .sidecar(let address):
            var failed = FailedAddresses()
            for url in source.urls {
                do throws(BundleError) { return try await sidecar(address, of: url, source.access) } catch {
                    failed.add(error)
                }
            }
            throw failed.worst ?? Self.noAddress
        }
    }

    private static let noAddress = BundleError.badChecksum(url: "", reason: "no address is given")

    /// Fetches from the first address that gives the right bytes; a mirror is tried after a failure or a mismatch.
    func fetch(_ source: ArchiveSource, _ notes: @escaping ProgressNotes) async throws(BundleError) -> FetchedArchive {
        var failed = FailedAddresses()
        for url in source.urls {
            do throws(BundleError) { return try await fetch(url, source, notes) } catch {
                if Task.isCancelled { throw error }
                failed.add(error)
                if url != source.urls.last { notes(.doing("\(error.explanation.summary); trying the next mirror")) }
            }
        }
        throw failed.worst ?? Self.noAddress
    }

    private func fetch(
        _ url: SourceURL, _ source: ArchiveSource, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> FetchedArchive {
        let wanted: Digest?
        switch source.verification {
        case .digest(let digest): wanted = digest
        case .sidecar(let address): wanted = try await sidecar(address, of: url, source.access)
        case .none: wanted = nil
        }
        // Named after the address, so that a later run goes on with what this one leaves.
        let path = "\(folder)/\(Digest.of(url.description.utf8).hex.prefix(16))-\(safe(url.fileName))"
        // With nothing to check the whole against, nothing says that an earlier run's piece is sound.
        if wanted == nil { discard(path) }
        let hasLeftover = isThere(path)
        notes(.doing("fetching \(url)"))
        do throws(TransferError) {
            try await downloader.fetch(url, to: path, access: source.access) { note in
                if case .retrying(let attempt, let attempts, let reason) = note {
                    notes(.retrying(attempt: attempt, of: attempts, reason: "\(url): \(reason)"))
                }
            }
        } catch {
            throw .transfer(error)
        }
        let algorithm = wanted?.algorithm ?? .sha256
        let found = try await onThread { () throws(SystemCallError) in try FileDigest.of(path, algorithm) }
        if let wanted, wanted != found {
            // Going on with wrong bytes would give the same wrong bytes for ever.
            discard(path)
            if hasLeftover {
                notes(.doing("what an earlier run left of \(url) is damaged; fetching it from the start"))
                return try await fetch(url, source, notes)
            }
            throw .mismatch(url: url.description, wanted: wanted, found: found)
        }
        return FetchedArchive(path: path, digest: found, url: url.description, verification: source.verification.word)
    }

    /// Removes a download and what was known of it.
    func discard(_ path: String) {
        try? Files.remove(path)
        try? Files.remove("\(path).origin")
    }

    private func isThere(_ path: String) -> Bool { ((try? FileStatus.of(path)) ?? nil).map { $0.size > 0 } ?? false }

    /// A published list of digests, such as Node's SHASUMS256.txt; fetched once, however often it is asked for.
    public func checksums(_ url: SourceURL, _ access: Access = .open) async throws(BundleError) -> ChecksumText {
        do throws(TransferError) { return try await published.list(url, access) } catch { throw .transfer(error) }
    }

    private func sidecar(_ address: SourceURL?, of url: SourceURL, _ access: Access) async throws(BundleError) -> Digest
    {
        let sidecar: SourceURL
        do throws(TransferError) {
            if let address { sidecar = address } else { sidecar = try url.appendingToPath(".sha256") }
        } catch {
            throw .transfer(error)
        }
        guard let digest = try await checksums(sidecar, access).digest(of: url.fileName) else {
            throw .badChecksum(url: sidecar.description, reason: "holds no digest for \(url.fileName)")
        }
        return digest
    }

    private func safe(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }.suffix(100))
    }
}

/// Blocks a thread of its own for the disk.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SystemCallError) -> Value
) async throws(BundleError) -> Value {
    do throws(SystemCallError) { return try await onOwnThread(body) } catch { throw .disk(error) }
}
