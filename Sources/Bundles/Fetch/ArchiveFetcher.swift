public import Digests
import Platform
public import Transfer

/// What is told while an archive is fetched and unpacked, or made or checked.
public typealias ProgressNotes = @Sendable (ProgressNote) -> Void

/// One thing told.
public enum ProgressNote: Sendable, Equatable {
    /// A sentence on what is being done.
    case doing(String)
    /// So many bytes of the archive are there, of so many if that is known; told with every piece.
    case received(Int64, of: Int64?)
    /// This work, such as `hashing`, is through with so many bytes, of so many.
    case through(Int64, of: Int64, String)
    /// An attempt failed for this reason, and another follows.
    case retrying(attempt: Int, of: Int, reason: String)
}

/// Brings archives to this host.
public struct ArchiveFetcher: Sendable {
    private let downloader: Downloader
    private let published: PublishedTexts
    let folder: String
    private let prefix: String

    /// Keeps downloads in a folder; one that is not the caller's own alone needs a prefix for their names.
    public init(_ downloader: Downloader, downloads folder: String, prefix: String = "") {
        self.downloader = downloader
        self.prefix = prefix
        published = PublishedTexts(downloader)
        self.folder = folder
    }

    /// The digest that a source promises now, by the first of its addresses that tells; nil when it promises none.
    public func promisedDigest(_ source: ArchiveSource) async throws(BundleError) -> Digest? {
        var failed = FailedAddresses()
        for url in source.urls {
            do throws(BundleError) { return try await digest(source, of: url).digest } catch { failed.add(error) }
        }
        throw failed.worst
    }

    /// The digest that one of a source's addresses promises, with the length that is known.
    private func digest(_ source: ArchiveSource, of url: SourceURL) async throws(BundleError) -> ArchiveExpectation {
        switch source.verification {
        case .digest(let digest), .announced(let digest): ArchiveExpectation(digest: digest, size: source.size)
        case .none: ArchiveExpectation(digest: nil, size: source.size)
        case .sidecar(let address): try await sidecar(address, of: url, source)
        }
    }

    /// What one of a source's addresses is to be held against: a digest, a signature, both or neither; and a length.
    func promise(_ source: ArchiveSource, of url: SourceURL) async throws(BundleError) -> ArchiveExpectation {
        var promise = try await digest(source, of: url)
        if let signing = source.signing, signing.subject == .archive {
            promise.signature = try await signature(of: url, signing, source.access)
        }
        return promise
    }

    /// Where an archive is kept while it comes: named after its address, so that a later run goes on with it.
    func path(of url: SourceURL) -> String {
        "\(folder)/\(prefix)\(Digest.of(url.description.utf8).hex.prefix(16))-\(safe(url.fileName))"
    }

    /// Fetches an archive into its file; who looks at it on the way is told of every piece.
    func fetch(
        _ url: SourceURL, _ source: ArchiveSource, _ length: ArchiveLength, _ arrival: ArchiveArrival,
        _ room: DiskSpace,
        _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        notes(.doing("fetching \(url)"))
        let meter = DownloadMeter()
        var limit = Downloader.Limit(bytes: length.most)
        limit.isWanted = { !arrival.isAbandoned }
        limit.room = { (whole, toCome) throws(SystemCallError) in try room.refusal(whole: whole, toCome: toCome) }
        do throws(TransferError) {
            try await downloader.fetch(
                url, to: path(of: url), access: source.access, limit: limit
            ) { note in
                switch note {
                case .begun(let offset):
                    arrival.begin(at: offset)
                    meter.begin(at: offset)
                case .answered(let answer): arrival.take(answer)
                case .received(let size, let whole):
                    arrival.grow(to: size, of: whole)
                    notes(.received(size, of: whole))
                    if let words = meter.words(size, of: whole) { notes(.doing("fetching \(url): \(words)")) }
                case .retrying(let attempt, let attempts, let reason):
                    notes(.retrying(attempt: attempt, of: attempts, reason: "\(url): \(reason)"))
                }
            }
        } catch {
            arrival.abandon()
            if case .tooLarge = error { throw length.excess(url) }
            throw .transfer(error)
        }
        if let exact = length.exact, arrival.received < exact {
            let received = arrival.received
            arrival.abandon()
            throw .wrongLength(url: url.description, wanted: exact, found: received)
        }
        arrival.finish()
    }

    /// Removes a download and what was known of it.
    func discard(_ url: SourceURL) {
        let path = path(of: url)
        try? Files.remove(path)
        try? Files.remove("\(path).origin")
    }

    /// Removes what only an unfinished download needs, and keeps the file.
    func forgetOrigin(_ url: SourceURL) throws(SystemCallError) { try Files.remove("\(path(of: url)).origin") }

    // MARK: What is published beside it

    /// A published list of digests, such as Node's SHASUMS256.txt; fetched once, however often it is asked for.
    public func checksums(_ url: SourceURL, _ access: Access = .open) async throws(BundleError) -> ChecksumText {
        ChecksumText(bytes: try await bytes(url, access))
    }

    /// A small published text, fetched once, however often it is asked for.
    func text(_ url: SourceURL, _ access: Access) async throws(BundleError) -> String {
        String(decoding: PublishedEncoding.utf8(try await bytes(url, access)), as: UTF8.self)
    }

    /// The same as it was published, byte by byte: that is what signatures are made of.
    private func bytes(_ url: SourceURL, _ access: Access) async throws(BundleError) -> [UInt8] {
        do throws(TransferError) { return try await published.bytes(url, access) } catch { throw .transfer(error) }
    }

    private func sidecar(
        _ address: SourceURL?, of url: SourceURL, _ source: ArchiveSource
    ) async throws(BundleError) -> ArchiveExpectation {
        let sidecar = if let address { address } else { try beside(url, ".sha256") }
        let bytes = try await bytes(sidecar, source.access)
        if let signing = source.signing, signing.subject == .checksums {
            let signature = try await signature(of: sidecar, signing, source.access)
            try signature.check(bytes, Digest.of(bytes, .blake2b512))
        }
        let published = ChecksumText(bytes: bytes)
        guard let digest = published.digest(of: url.fileName) else {
            if let error = BundleError.notPublished(bytes, at: sidecar.description, "list of checksums") { throw error }
            throw .badChecksum(
                url: sidecar.description, reason: "holds no digest for \(url.fileName), or several that differ")
        }
        return ArchiveExpectation(digest: digest, size: source.size ?? published.size(of: url.fileName))
    }

    private func signature(
        of url: SourceURL, _ signing: ArchiveSource.Signing, _ access: Access
    ) async throws(BundleError) -> ArchiveSignature {
        let address = try beside(url, ".minisig")
        return try ArchiveSignature(try await text(address, access), at: address.description, signing.keys)
    }

    private func beside(_ url: SourceURL, _ ending: String) throws(BundleError) -> SourceURL {
        do throws(TransferError) { return try url.appendingToPath(ending) } catch { throw .transfer(error) }
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
