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
    let access: Access
    let strip: Int
    let limits: Unpacker.Limits
    /// Where to write down all that is unpacked, if anywhere.
    let listing: TreeListing?

    private enum Part: Sendable {
        case fetched(BundleError?)
        case unpacked(Result<Digest, BundleError>, Result<Void, BundleError>)
    }

    /// Fills a folder, which is empty, with the archive's content.
    ///
    /// The answer is the archive's digest. A wrong digest outweighs what unpacking those wrong bytes may have said.
    func run(
        into folder: String, wanted: Digest?, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> Digest {
        let arrival = ArchiveArrival(fetcher.path(of: url))
        let (fetch, digest, content) = await parts(arrival, folder, wanted, notes)
        if case .failure(let error) = content, error.isOfThisHost { throw error }
        if let fetch {
            // Unpacking refused what nobody vouches for, and ended the transfer.
            if wanted == nil, case .failure(let error) = content, error.isIntegrity { throw error }
            throw fetch
        }
        let found = try digest.get()
        if let wanted, wanted != found {
            throw .mismatch(url: url.description, wanted: wanted, found: found, resumed: arrival.resumedAt > 0)
        }
        try content.get()
        return found
    }

    private func parts(
        _ arrival: ArchiveArrival, _ folder: String, _ wanted: Digest?, _ notes: @escaping ProgressNotes
    ) async -> (BundleError?, Result<Digest, BundleError>, Result<Void, BundleError>) {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do throws(BundleError) {
                    try await fetcher.fetch(url, access, arrival, notes)
                    return .fetched(nil)
                } catch {
                    return .fetched(error)
                }
            }
            group.addTask { await consume(arrival, folder, wanted?.algorithm ?? .sha256, isVouchedFor: wanted != nil) }
            var fetch: BundleError?
            var digest: Result<Digest, BundleError> = .failure(.stopped(url: url.description))
            var content: Result<Void, BundleError> = .failure(.stopped(url: url.description))
            for await part in group {
                switch part {
                case .fetched(let error): fetch = error
                case .unpacked(let first, let second):
                    (digest, content) = (first, second)
                    // Nothing that is still to come could make this good.
                    if case .failure(let error) = second, wanted == nil || error.isOfThisHost { group.cancelAll() }
                }
            }
            return (fetch, digest, content)
        }
    }

    /// Hashes and unpacks what arrives, each on a thread of its own, and again from the start when the file is begun anew.
    private func consume(
        _ arrival: ArchiveArrival, _ folder: String, _ algorithm: Digest.Algorithm, isVouchedFor: Bool
    ) async -> Part {
        await withTaskCancellationHandler {
            while true {
                let round = arrival.round
                async let hashed = hash(round.hashed, algorithm)
                let content = await unpack(round.unpacked, into: folder)
                if case .failure(let error) = content, !isVouchedFor || error.isOfThisHost { round.hashed.interrupt() }
                let digest = await hashed
                if arrival.round.number == round.number { return .unpacked(digest, content) }
                if let error = await empty(folder) { return .unpacked(.failure(error), .failure(error)) }
            }
        } onCancel: {
            arrival.abandon()
        }
    }

    private func hash(_ file: GrowingFile, _ algorithm: Digest.Algorithm) async -> Result<Digest, BundleError> {
        let url = url.description
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                guard let digest = try Digest.of(file, algorithm) else { throw .stopped(url: url) }
                return digest
            }
        }
    }

    private func unpack(_ file: GrowingFile, into folder: String) async -> Result<Void, BundleError> {
        let unpacker = Unpacker(file, name: url.description, into: folder, strip: strip, limits: limits)
        let listing = listing
        return await onOwnThread { () throws(Never) in
            Result { () throws(BundleError) in
                do throws(ArchiveError) {
                    guard let listing else { return try unpacker.run(nil) }
                    let writer = try listed { () throws(SystemCallError) in try TreeListingWriter(listing.path) }
                    try unpacker.run { (entries) throws(SystemCallError) in try writer.add(entries) }
                    try listed { () throws(SystemCallError) in try writer.finish() }
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
