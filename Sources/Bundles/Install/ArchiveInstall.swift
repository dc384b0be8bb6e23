public import Archives
import Digests
import Platform
import Transfer

/// Puts one archive's content at one place: fetched, checked, unpacked beside it, then renamed.
///
/// Whole or not at all.
public struct ArchiveInstall: Sendable {
    private let fetcher: ArchiveFetcher
    private let source: ArchiveSource
    private let strip: Int
    private let limits: Unpacker.Limits
    private let before: Int64

    /// Prepares; `strip` is how many leading parts of each path to drop, `before` the bytes that a version before it takes.
    public init(
        _ fetcher: ArchiveFetcher, _ source: ArchiveSource, strip: Int = 0, limits: Unpacker.Limits = .init(),
        before: Int64 = 0
    ) {
        self.before = before
        self.fetcher = fetcher
        self.source = source
        self.strip = strip
        self.limits = limits
    }

    /// Installs; the record says what now lies at `destination`, and is kept at `record`.
    @discardableResult
    public func run(
        at destination: String, version: String, record: String, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> InstallRecord {
        try await unpacked(beside: destination, notes) { staged throws(BundleError) in
            try await place(staged, at: destination, version: version, record: record)
        }
    }

    /// Installs what is held to its own manifest, if it has one; the record is kept nowhere.
    public func run(
        at destination: String, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) -> InstallRecord {
        try await unpacked(beside: destination, listsManifestFirst: true, notes) { staged throws(BundleError) in
            let held = try await staged.listed().held()
            return try await place(
                held.staged, at: destination, version: held.manifest?.version ?? "", record: nil)
        }
    }

    /// Makes a folder of all that is in it, where there is nothing; whole or not at all, and on the disk.
    public func appear(at destination: String, _ notes: @escaping ProgressNotes) async throws(BundleError) {
        try await unpacked(beside: destination, notes) { staged throws(BundleError) in
            let folder = staged.folder
            try await onThread { () throws(SystemCallError) in
                try Files.setMode(folder, 0o755)
                try FileSystem.synchronize(holding: folder)
                try Files.renameIfAbsent(folder, to: destination)
                try Files.synchronizeFolder(Files.folder(of: destination))
            }
        }
    }

    /// An archive's content in a staging folder.
    struct Staged: Sendable {
        let archive: FetchedArchive
        /// Where the content lies.
        let folder: String
        /// What is there.
        let listing: TreeListing
        /// The manifest, if it was read on the way.
        var manifest: EarlyManifest?
        /// Permission bits that were given since the listing was made, by path.
        var modes: [PathBytes: UInt32] = [:]
    }

    /// Fetches and unpacks, hands the result on, and removes what is left whichever way it ends.
    ///
    /// A mirror is tried after a failure or a mismatch; if none is good, an archive that was refused is told of before a
    /// server that was not there.
    func unpacked<Value: Sendable>(
        beside destination: String, listsManifestFirst: Bool = false, _ notes: @escaping ProgressNotes,
        _ body: @Sendable (Staged) async throws(BundleError) -> Value
    ) async throws(BundleError) -> Value {
        var failed = FailedAddresses()
        for url in source.urls {
            do throws(BundleError) {
                return try await unpacked(url, beside: destination, listsManifestFirst, notes, body)
            } catch {
                if Task.isCancelled || error.isOfThisHost { throw error }
                failed.add(error)
                if url != source.urls.last {
                    notes(.doing("\(error.explanation.summary); trying the next mirror"))
                }
            }
        }
        throw failed.worst
    }

    private func unpacked<Value: Sendable>(
        _ url: SourceURL, beside destination: String, _ listsManifestFirst: Bool, _ notes: @escaping ProgressNotes,
        _ body: @Sendable (Staged) async throws(BundleError) -> Value
    ) async throws(BundleError) -> Value {
        let promise = try await fetcher.promise(source, of: url)
        // With nothing to check the whole against, nothing says that an earlier run's piece is sound.
        if !promise.isGiven { fetcher.discard(url) }
        while true {
            let staging = try await makeStaging(beside: destination)
            let folder = "\(staging.path)/content"
            let listing = TreeListing(path: "\(staging.path)/listing")
            do throws(BundleError) {
                let pipeline = ArchivePipeline(
                    fetcher: fetcher, url: url, source: source, strip: strip, limits: limits,
                    listing: listing, listsManifestFirst: listsManifestFirst,
                    room: DiskSpace(downloads: fetcher.folder, destination: destination, before: before))
                let product = try await pipeline.run(into: folder, promise, notes)
                let word = source.word
                let held = (word == "none" ? [] : ["verified: \(word)"]) + [promise.signature?.words].compactMap(\.self)
                let words = held.isEmpty ? "unverified" : held.joined(separator: "; ")
                notes(.doing("unpacked \(url) (\(words))"))
                let archive = FetchedArchive(
                    digest: product.digest, url: url.description, verification: word, manifest: source.manifest)
                let value = try await body(
                    Staged(archive: archive, folder: folder, listing: listing, manifest: product.manifest))
                await remove(staging)
                fetcher.discard(url)
                return value
            } catch {
                await remove(staging)
                // Going on with wrong bytes would give the same wrong bytes for ever.
                if error.isIntegrity { fetcher.discard(url) }
                guard case .mismatch(_, _, _, resumed: true) = error else { throw error }
                // What an earlier run left may have been damaged since: the server gets another chance.
                notes(.doing("\(error.explanation.summary); fetching it anew"))
            }
        }
    }

    /// What the paths of the folders begin with in which this destination's content is staged; digits follow.
    public static func stagingPrefix(beside destination: String) -> String {
        "\(Files.folder(of: destination))/.staging-\(Files.name(of: destination))-"
    }

    private func makeStaging(beside destination: String) async throws(BundleError) -> WorkFolder {
        try await onThread { () throws(SystemCallError) in
            try Folders.make(Files.folder(of: destination))
            let staging = try WorkFolder(prefix: Self.stagingPrefix(beside: destination))
            try Folders.make("\(staging.path)/content", mode: 0o700)
            return staging
        }
    }

    /// Renames a staged tree to where it belongs and writes down what it is.
    func place(
        _ staged: Staged, at destination: String, version: String, record path: String?
    ) async throws(BundleError) -> InstallRecord {
        try await onThread { () throws(SystemCallError) in
            try Files.setMode(staged.folder, 0o755)
            var record = InstallRecord(staged.archive, version: version)
            try Files.putInPlace(staged.folder, at: destination)
            // The record comes last: a tree without one counts as half done.
            if let path {
                try record.write(path, staged.listing, modes: staged.modes)
                try record.stamp(in: destination)
            }
            return record
        }
    }

    private func remove(_ staging: WorkFolder) async {
        await onOwnThread { () throws(Never) in staging.remove() }
    }
}

extension ArchiveInstall {
    /// Puts the archive's top entries into a folder that holds other things too, each by one rename.
    public func merge(
        into folder: String, version: String, record path: String, _ notes: @escaping ProgressNotes
    ) async throws(BundleError) {
        try await unpacked(beside: "\(folder)/merged", notes) { staged throws(BundleError) in
            var names: [String] = []
            let entries = try await onThread { () throws(SystemCallError) in
                try Folders.entries(in: PathBytes(staged.folder))
            }
            for entry in entries {
                guard let name = entry.string else {
                    throw .archive(
                        .refused(
                            path: staged.archive.url, entry: entry.shown,
                            reason: "its name is no UTF-8, and it would lie among other files"))
                }
                names.append(name)
            }
            try await onThread { [names] () throws(SystemCallError) in
                var record = InstallRecord(staged.archive, version: version)
                for name in names {
                    try Files.putInPlace("\(staged.folder)/\(name)", at: "\(folder)/\(name)")
                }
                try record.write(path, staged.listing)
                try record.stamp(in: folder)
            }
        }
    }
}
