public import Archives
import Digests
import Platform

/// Puts one archive's content at one place: fetched, checked, unpacked beside it, then renamed.
///
/// Whole or not at all.
public struct ArchiveInstall: Sendable {
    private let fetcher: ArchiveFetcher
    private let source: ArchiveSource
    private let strip: Int
    private let limits: Unpacker.Limits

    /// Prepares; `strip` is how many leading parts of each path to drop.
    public init(_ fetcher: ArchiveFetcher, _ source: ArchiveSource, strip: Int = 0, limits: Unpacker.Limits = .init()) {
        self.fetcher = fetcher
        self.source = source
        self.strip = strip
        self.limits = limits
    }

    /// Installs; the record says what now lies at `destination`, and is kept at `record` if that is a path.
    @discardableResult
    public func run(
        at destination: String, version: String, record: String?, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> InstallRecord {
        try await unpacked(beside: destination, notes) { staged throws(BundleError) in
            try await place(staged, at: destination, version: version, record: record)
        }
    }

    /// An archive's content in a staging folder.
    struct Staged: Sendable {
        let archive: FetchedArchive
        let folder: String
        var listing: [UnpackedEntry]
    }

    /// Fetches and unpacks, hands the result on, and removes what is left whichever way it ends.
    func unpacked<Value: Sendable>(
        beside destination: String, _ notes: @escaping ProgressNotes,
        _ body: @Sendable (Staged) async throws(BundleError) -> Value
    ) async throws(BundleError) -> Value {
        let archive = try await fetcher.fetch(source, notes)
        notes(
            .doing("unpacking (\(archive.verification == "none" ? "unverified" : "verified: \(archive.verification)"))")
        )
        let staging = try await onThread { () throws(SystemCallError) in
            try Folders.make(Files.folder(of: destination))
            return try Folders.makeTemporary(
                prefix: "\(Files.folder(of: destination))/.staging-\(Files.name(of: destination))-")
        }
        do throws(BundleError) {
            let listing = try await unpack(archive.path, into: staging)
            let value = try await body(Staged(archive: archive, folder: staging, listing: listing))
            await removeQuietly(staging)
            fetcher.discard(archive.path)
            return value
        } catch {
            await removeQuietly(staging)
            if error.isIntegrity { fetcher.discard(archive.path) }
            throw error
        }
    }

    /// Renames a staged tree to where it belongs and writes down what it is.
    func place(
        _ staged: Staged, at destination: String, version: String, record path: String?
    ) async throws(BundleError) -> InstallRecord {
        try await onThread { () throws(SystemCallError) in
            try Files.setMode(staged.folder, 0o755)
            let record = try InstallRecord(
                staged.listing, in: staged.folder, archive: staged.archive, version: version)
            try Files.putInPlace(staged.folder, at: destination)
            // The record comes last: a tree without one counts as half done.
            if let path {
                try Folders.make(Files.folder(of: path))
                try record.write(path)
            }
            return record
        }
    }

    private func unpack(_ archive: String, into folder: String) async throws(BundleError) -> [UnpackedEntry] {
        let unpacker = Unpacker(archive, into: folder, strip: strip, limits: limits)
        let stop = StopFlag()
        let result: Result<[UnpackedEntry], ArchiveError> = await withTaskCancellationHandler {
            await onOwnThread { () throws(Never) in
                Result { () throws(ArchiveError) in try unpacker.run { stop.isSet } }
            }
        } onCancel: {
            stop.set()
        }
        do throws(ArchiveError) { return try result.get() } catch { throw .archive(error) }
    }

    private func removeQuietly(_ folder: String) async {
        await onOwnThread { () throws(Never) in try? Folders.removeTree(folder) }
    }
}

extension ArchiveInstall {
    /// Puts the archive's top entries into a folder that holds other things too, each by one rename.
    public func merge(
        into folder: String, version: String, record path: String, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        try await unpacked(beside: "\(folder)/merged", notes) { staged throws(BundleError) in
            try await onThread { () throws(SystemCallError) in
                let record = try InstallRecord(
                    staged.listing, in: staged.folder, archive: staged.archive, version: version)
                for name in try Folders.names(in: staged.folder) {
                    try Files.putInPlace("\(staged.folder)/\(name)", at: "\(folder)/\(name)")
                }
                try Folders.make(Files.folder(of: path))
                try record.write(path)
            }
        }
    }
}
