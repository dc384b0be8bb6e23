public import Digests
internal import Glibc
import Platform
public import Transfer

extension Downloader {
    /// Fetches one file and puts it in place once it is what its digest says; whole or not at all.
    ///
    /// What came of it before a failure lies beside it, for the next attempt to go on with.
    public func fetchFile(
        _ address: String, _ digest: Digest, size: Int64?, to path: String, mode: UInt32,
        _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        let url: SourceURL
        do throws(TransferError) { url = try SourceURL(address) } catch { throw .transfer(error) }
        let above = Files.folder(of: path)
        let fetcher = ArchiveFetcher(self, downloads: above, prefix: ".fetching-")
        let fetched = fetcher.path(of: url)
        let room = DiskSpace(downloads: above, destination: path, before: 0, unpacks: false)
        let arrival = ArchiveArrival(fetched)
        do throws(BundleError) {
            try await fetcher.fetch(
                url, ArchiveSource(url, .digest(digest)), ArchiveLength(promised: size), arrival, room, notes)
        } catch {
            if error.isIntegrity { fetcher.discard(url) }
            let left = try await onThread { () throws(SystemCallError) in try FileStatus.of(fetched)?.size ?? 0 }
            if left == 0 { fetcher.discard(url) }
            throw error
        }
        let found = try await onThread { () throws(SystemCallError) in
            let found = try FileDigest.of(fetched, digest.algorithm)
            guard found == digest else { return found }
            try Files.setMode(fetched, mode)
            try Descriptor.open(fetched, O_RDONLY).synchronize(path: fetched)
            // Before the file goes: nobody would look for it afterwards.
            try fetcher.forgetOrigin(url)
            try Files.rename(fetched, to: path)
            try Files.synchronizeFolder(above)
            return found
        }
        fetcher.discard(url)
        if found != digest {
            if let answer = arrival.answer, ![.data, .text].contains(answer.kind) {
                throw .notTheFile(url: url.description, answer, wanted: "file with the digest \(digest.hex)")
            }
            throw .mismatch(url: url.description, wanted: digest, found: found, resumed: false)
        }
    }
}
