import Archives
import Bundles
import HostConfig
import Platform
import Steps
import Transfer

/// One folder for `hydrate` to fill.
struct HydrationJob: Sendable {
    /// What it is called in what is told.
    let name: String
    let files: FileSet
    let limits: Unpacker.Limits
    /// The host starts without the files when they do not come.
    var mayStayEmpty = false
    /// Where its archive is; blocks, for a secret may lie in a file.
    let source: @Sendable () throws -> ArchiveSource

    /// How filling it ended.
    enum Ending: Sendable {
        case foundFilled
        case filled(from: String)
        case leftEmpty(Explanation)
        case failed(Explanation, ExitCode)
    }

    /// Fills the folder, unless its files are there.
    func run(by downloader: Downloader, tell: @escaping @Sendable (String) -> Void) async -> Ending {
        do {
            return try await fill(by: downloader, tell)
        } catch {
            let explanation = (error as? any Explained)?.explanation ?? .unexpected(error)
            if mayStayEmpty, !Task.isCancelled { return .leftEmpty(explanation) }
            return .failed(explanation, (error as? BundleError)?.isIntegrity == true ? .integrity : .failed)
        }
    }

    private func fill(by downloader: Downloader, _ tell: @escaping @Sendable (String) -> Void) async throws -> Ending {
        if try await isFilled() { return .foundFilled }
        try await onOwnThread { [files] () throws(SystemCallError) in try Folders.make(files.folder) }
        let hydration = Hydration(files)
        let claim = try await hydration.claim { tell("waiting for another process that fills \(files.folder)") }
        defer { _ = consume claim }
        // Who had the folder before may have filled it.
        if try await isFilled() { return .foundFilled }
        if let origin = try await hydration.fillFromHere(tell) { return .filled(from: origin.description) }
        let source = try await onOwnThread { [source] in try source() }
        // In the folder itself, so that a container that is started anew goes on with what has come.
        let fetcher = ArchiveFetcher(downloader, downloads: files.folder, prefix: ".host-bootstrap-download-")
        try await hydration.fill(from: source, by: fetcher, limits: limits) { note in
            switch note {
            case .doing(let words): tell(words)
            case .received, .through: break
            case .retrying(_, _, let reason): tell("retrying: \(reason)")
            }
        }
        return .filled(from: source.urls[0].description)
    }

    private func isFilled() async throws(SystemCallError) -> Bool {
        try await onOwnThread { [files] () throws(SystemCallError) in
            let missing = try files.missing()
            let isHalfMoved = try files.isHalfMoved()
            return missing.isEmpty && !isHalfMoved
        }
    }
}

extension HydrationJob {
    /// What an entry of a config's "data" asks for.
    init(_ entry: DataEntry) {
        name = entry.name
        files = FileSet(entry.files, in: entry.path)
        limits = entry.limits
        mayStayEmpty = entry.onFailure == .empty
        source = { try entry.source(try entry.authorization?.reveal()) }
    }
}
