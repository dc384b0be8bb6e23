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

/// Brings archives to this host.
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
        var failed = FailedAddresses()
        for url in source.urls {
            do throws(BundleError) { return try await promisedDigest(source, of: url) } catch { failed.add(error) }
        }
        throw failed.worst
    }

    /// The digest that one of a source's addresses promises.
    func promisedDigest(_ source: ArchiveSource, of url: SourceURL) async throws(BundleError) -> Digest? {
        switch source.verification {
        case .digest(let digest): digest
        case .none: nil
        case .sidecar(let address): try await sidecar(address, of: url, source.access)
        }
    }

    /// Where an archive is kept while it comes: named after its address, so that a later run goes on with it.
    func path(of url: SourceURL) -> String {
        "\(folder)/\(Digest.of(url.description.utf8).hex.prefix(16))-\(safe(url.fileName))"
    }

    /// Fetches an archive into its file; who looks at it on the way is told of every piece.
    func fetch(
        _ url: SourceURL, _ access: Access, _ arrival: ArchiveArrival, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        notes(.doing("fetching \(url)"))
        let meter = DownloadMeter()
        do throws(TransferError) {
            try await downloader.fetch(url, to: path(of: url), access: access) { note in
                switch note {
                case .begun(let offset):
                    arrival.begin(at: offset)
                    meter.begin(at: offset)
                case .received(let size, let whole):
                    arrival.grow(to: size)
                    if let words = meter.words(size, of: whole) { notes(.doing("fetching \(url): \(words)")) }
                case .retrying(let attempt, let attempts, let reason):
                    notes(.retrying(attempt: attempt, of: attempts, reason: "\(url): \(reason)"))
                }
            }
            arrival.finish()
        } catch {
            arrival.abandon()
            throw .transfer(error)
        }
    }

    /// Removes a download and what was known of it.
    func discard(_ url: SourceURL) {
        let path = path(of: url)
        try? Files.remove(path)
        try? Files.remove("\(path).origin")
    }

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
