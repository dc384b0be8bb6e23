import Archives
import Compression
import Digests
import Platform
import Transfer

/// Fetches, hashes and unpacks one archive from one address, all at the same time.
///
/// What it unpacks is of no use before `run` says that the digest held.
struct ArchivePipeline: Sendable {
    let fetcher: ArchiveFetcher
    let url: SourceURL
    let source: ArchiveSource
    let strip: Int
    let limits: Unpacker.Limits
    /// Where to write down all that is unpacked.
    let listing: TreeListing
    /// Only for an archive whose manifest comes first: there is nothing to hold any other against while it comes.
    let listsManifestFirst: Bool
    let room: DiskSpace

    /// The archive's digest, by the function of its promise, and the one for its signature.
    private struct Hashed: Sendable {
        let digest: Digest
        let forSignature: Digest
        let size: Int64
    }

    private enum Part: Sendable {
        case fetched(BundleError?)
        case unpacked(Result<Hashed, BundleError>, Result<EarlyManifest?, BundleError>, isFinal: Bool)
    }

    /// What came of it: the archive's digest, and its manifest if that was read on the way.
    struct Product: Sendable {
        let digest: Digest
        let manifest: EarlyManifest?
    }

    /// When unpacking has refused it, so much is fetched all the same: then the digest tells whether it was the right file.
    private static let mostToJudge: Int64 = 16 << 20

    /// Fills a folder, which is empty, with the archive's content.
    ///
    /// A wrong digest outweighs what unpacking those wrong bytes may have said.
    func run(
        into folder: String, _ promise: ArchiveExpectation, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> Product {
        let arrival = ArchiveArrival(fetcher.path(of: url))
        let (fetch, digest, content, isFinal) = await parts(arrival, folder, promise, notes)
        // A file of the wrong length is gone, perhaps before the unpacker had opened it.
        if let fetch, fetch.isIntegrity { throw fetch }
        if case .failure(let error) = content {
            if error.isOfThisHost { throw error }
            // Unpacking refused what nobody vouches for, or much of which was to come, and ended hashing and transfer.
            if isFinal, error.isIntegrity { throw notArchive(arrival, promise, content) ?? error }
        }
        if let fetch { throw fetch }
        let found = try digest.get()
        if let wanted = promise.digest, wanted != found.digest {
            if let error = notArchive(arrival, promise, content) { throw error }
            throw .mismatch(url: url.description, wanted: wanted, found: found.digest, resumed: arrival.resumedAt > 0)
        }
        if let signature = promise.signature { try await check(signature, found) }
        if let error = notArchive(arrival, promise, content) { throw error }
        return Product(digest: found.digest, manifest: try content.get())
    }

    /// The server sent a page, or the like, and no archive; nil when nothing says so.
    ///
    /// A tar begins with its first entry's path, which is a text too: only what could not be opened is none.
    private func notArchive(
        _ arrival: ArchiveArrival, _ promise: ArchiveExpectation, _ content: Result<EarlyManifest?, BundleError>
    ) -> BundleError? {
        guard let answer = arrival.answer, answer.kind != .data else { return nil }
        guard case .failure(.archive(.unreadable)) = content else { return nil }
        let wanted = promise.digest.map { "archive with the digest \($0.hex)" } ?? "archive"
        return .notTheFile(url: url.description, answer, wanted: wanted)
    }

    private func check(_ signature: ArchiveSignature, _ found: Hashed) async throws(BundleError) {
        if let trouble = signature.trouble(size: found.size) { throw trouble }
        let path = fetcher.path(of: url)
        try await onOwnThread { () throws(BundleError) in
            try signature.check(
                try onDisk { () throws(SystemCallError) in
                    try Files.readIfPresent(path, limit: ArchiveSignature.largestWhole) ?? []
                }, found.forSignature)
        }
    }

    private func parts(
        _ arrival: ArchiveArrival, _ folder: String, _ promise: ArchiveExpectation, _ notes: @escaping ProgressNotes
    ) async -> (BundleError?, Result<Hashed, BundleError>, Result<EarlyManifest?, BundleError>, isFinal: Bool) {
        let length = ArchiveLength(promised: promise.size, unpacked: limits.bytes)
        return await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do throws(BundleError) {
                    try await fetcher.fetch(url, source, length, arrival, room, notes)
                    return .fetched(nil)
                } catch {
                    return .fetched(error)
                }
            }
            group.addTask { await consume(arrival, folder, promise) }
            var fetch: BundleError?
            var digest: Result<Hashed, BundleError> = .failure(.stopped(url: url.description))
            var content: Result<EarlyManifest?, BundleError> = .failure(.stopped(url: url.description))
            var isFinal = false
            for await part in group {
                switch part {
                case .fetched(let error): fetch = error
                case .unpacked(let first, let second, let third):
                    (digest, content, isFinal) = (first, second, third)
                    // Nothing that is still to come could make this good.
                    if isFinal { group.cancelAll() }
                }
            }
            return (fetch, digest, content, isFinal)
        }
    }

    /// Hashes and unpacks what arrives, each on a thread of its own, and again from the start when the file is begun anew.
    private func consume(
        _ arrival: ArchiveArrival, _ folder: String, _ promise: ArchiveExpectation
    ) async -> Part {
        await withTaskCancellationHandler {
            while true {
                let round = arrival.round
                async let hashed = hash(round.hashed, promise)
                let content = await unpack(round.unpacked, into: folder)
                let isFinal = isFinal(content, arrival, promise)
                if isFinal {
                    round.hashed.interrupt()
                    // The transfer ends with the next piece, not only when all who take part have heard of it.
                    if arrival.round.number == round.number { arrival.abandon() }
                }
                let digest = await hashed
                if arrival.round.number == round.number { return .unpacked(digest, content, isFinal: isFinal) }
                if let error = await empty(folder) { return .unpacked(.failure(error), .failure(error), isFinal: true) }
            }
        } onCancel: {
            arrival.abandon()
        }
    }

    /// No more of it needs to come.
    private func isFinal(
        _ content: Result<EarlyManifest?, BundleError>, _ arrival: ArchiveArrival, _ promise: ArchiveExpectation
    ) -> Bool {
        guard case .failure(let error) = content else { return false }
        if !promise.isGiven || error.isOfThisHost { return true }
        // What an earlier run left may be at fault: the digest is to tell, and the server gets another chance.
        if arrival.resumedAt > 0 { return false }
        let toCome = promise.size.map { $0 - arrival.received } ?? arrival.toCome
        return error.isIntegrity && toCome ?? .max > Self.mostToJudge
    }

    private func hash(_ file: GrowingFile, _ promise: ArchiveExpectation) async -> Result<Hashed, BundleError> {
        let url = url.description
        let algorithms = [promise.digest?.algorithm ?? .sha256] + [promise.signature?.algorithm].compactMap(\.self)
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                guard let (digests, size) = try GrowingDigest.of(file, algorithms) else { throw .stopped(url: url) }
                return Hashed(digest: digests[0], forSignature: digests[digests.count - 1], size: size)
            }
        }
    }

    private func unpack(_ file: GrowingFile, into folder: String) async -> Result<EarlyManifest?, BundleError> {
        let early = EarlyManifest(in: folder, of: url.description)
        let unpacker = Unpacker(file, name: url.description, into: folder, strip: strip, limits: limits)
        let listing = listing
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                do throws(ArchiveError) {
                    let writer = try listed { () throws(SystemCallError) in try TreeListingWriter(listing.path) }
                    let isPicky = listsManifestFirst
                    let replaced = try unpacker.run { (entries) throws(SystemCallError) in
                        try writer.add(entries)
                        early.see(entries)
                    } isWanted: { first in
                        !isPicky || first == BundleManifest.filePath
                    }
                    try listed { () throws(SystemCallError) in try writer.finish(dropping: replaced, durably: false) }
                    return replaced[BundleManifest.filePath] == nil ? early : nil
                } catch {
                    file.interrupt()
                    throw .archive(error)
                }
            }
        }
    }

    private func empty(_ folder: String) async -> BundleError? {
        do throws(BundleError) {
            try await onThread { () throws(SystemCallError) in
                try Folders.removeTree(folder)
                try Folders.make(folder, mode: 0o700)
            }
            return nil
        } catch {
            return error
        }
    }
}

private func listed<Value>(_ body: () throws(SystemCallError) -> Value) throws(ArchiveError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .disk(error) }
}
