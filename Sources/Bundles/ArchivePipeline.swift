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
    let room: DiskRoom

    /// The archive's digest, by the function of its promise, and the one for its signature.
    private struct Hashed: Sendable {
        let digest: Digest
        let forSignature: Digest
        let size: Int64
    }

    private enum Part: Sendable {
        case fetched(BundleError?)
        case unpacked(Result<Hashed, BundleError>, Result<Void, BundleError>)
    }

    /// Fills a folder, which is empty, with the archive's content.
    ///
    /// The answer is the archive's digest. A wrong digest outweighs what unpacking those wrong bytes may have said.
    func run(
        into folder: String, _ promise: ArchivePromise, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> Digest {
        let arrival = ArchiveArrival(fetcher.path(of: url))
        let (fetch, digest, content) = await parts(arrival, folder, promise, notes)
        if case .failure(let error) = content {
            if error.isOfThisHost { throw error }
            // Unpacking refused what nobody vouches for, and ended hashing and, if it still went on, the transfer.
            if !promise.isGiven, error.isIntegrity { throw notArchive(arrival, promise, content) ?? error }
        }
        if let fetch { throw fetch }
        let found = try digest.get()
        if let wanted = promise.digest, wanted != found.digest {
            if let error = notArchive(arrival, promise, content) { throw error }
            throw .mismatch(url: url.description, wanted: wanted, found: found.digest, resumed: arrival.resumedAt > 0)
        }
        if let signature = promise.signature { try await check(signature, found) }
        if let error = notArchive(arrival, promise, content) { throw error }
        try content.get()
        return found.digest
    }

    /// The server sent a page, or the like, and no archive; nil when nothing says so.
    ///
    /// A tar begins with its first entry's path, which is a text too: only what could not be opened is none.
    private func notArchive(
        _ arrival: ArchiveArrival, _ promise: ArchivePromise, _ content: Result<Void, BundleError>
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
        _ arrival: ArchiveArrival, _ folder: String, _ promise: ArchivePromise, _ notes: @escaping ProgressNotes
    ) async -> (BundleError?, Result<Hashed, BundleError>, Result<Void, BundleError>) {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do throws(BundleError) {
                    try await fetcher.fetch(url, source, arrival, room, notes)
                    return .fetched(nil)
                } catch {
                    return .fetched(error)
                }
            }
            group.addTask { await consume(arrival, folder, promise) }
            var fetch: BundleError?
            var digest: Result<Hashed, BundleError> = .failure(.stopped(url: url.description))
            var content: Result<Void, BundleError> = .failure(.stopped(url: url.description))
            for await part in group {
                switch part {
                case .fetched(let error): fetch = error
                case .unpacked(let first, let second):
                    (digest, content) = (first, second)
                    // Nothing that is still to come could make this good.
                    if case .failure(let error) = second, !promise.isGiven || error.isOfThisHost { group.cancelAll() }
                }
            }
            return (fetch, digest, content)
        }
    }

    /// Hashes and unpacks what arrives, each on a thread of its own, and again from the start when the file is begun anew.
    private func consume(
        _ arrival: ArchiveArrival, _ folder: String, _ promise: ArchivePromise
    ) async -> Part {
        await withTaskCancellationHandler {
            while true {
                let round = arrival.round
                async let hashed = hash(round.hashed, promise)
                let content = await unpack(round.unpacked, into: folder)
                if case .failure(let error) = content, !promise.isGiven || error.isOfThisHost {
                    round.hashed.interrupt()
                }
                let digest = await hashed
                if arrival.round.number == round.number { return .unpacked(digest, content) }
                if let error = await empty(folder) { return .unpacked(.failure(error), .failure(error)) }
            }
        } onCancel: {
            arrival.abandon()
        }
    }

    private func hash(_ file: GrowingFile, _ promise: ArchivePromise) async -> Result<Hashed, BundleError> {
        let url = url.description
        let algorithms = [promise.digest?.algorithm ?? .sha256] + [promise.signature?.algorithm].compactMap(\.self)
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                guard let (digests, size) = try GrowingDigest.of(file, algorithms) else { throw .stopped(url: url) }
                return Hashed(digest: digests[0], forSignature: digests[digests.count - 1], size: size)
            }
        }
    }

    private func unpack(_ file: GrowingFile, into folder: String) async -> Result<Void, BundleError> {
        let unpacker = Unpacker(file, name: url.description, into: folder, strip: strip, limits: limits)
        let listing = listing
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                do throws(ArchiveError) {
                    let writer = try listed { () throws(SystemCallError) in try TreeListingWriter(listing.path) }
                    let isPicky = listsManifestFirst
                    let replaced = try unpacker.run { (entries) throws(SystemCallError) in
                        try writer.add(entries)
                    } isWanted: { first in
                        !isPicky || first == BundleManifest.filePath
                    }
                    try listed { () throws(SystemCallError) in try writer.finish(dropping: replaced) }
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
