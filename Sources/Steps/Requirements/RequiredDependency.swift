import Bundles
import Digests
import Engine
import Platform
import Transfer

/// A file that is fetched, and fetched again when it is no longer what its digest says.
struct RequiredDependency: PlacedRequirement {
    let placement: Placement
    let url: String
    let digest: Digest
    let size: Int64?
    let host: Host

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        if let difference = try await misplacement() { return difference }
        let (path, digest) = (path, digest)
        // Hashing gigabytes in every run would be felt; a file that did not change since has the digest it had.
        let known = context.remembered(path)
        let (stamp, isGood) = try await onDisk { () throws(SystemCallError) in
            let status = try FileStatus.of(path)
            let stamp = status.map { "\(digest.hex.prefix(16)) \($0.size) \($0.modified) \($0.inode)" } ?? ""
            if known == stamp { return (stamp, true) }
            return (stamp, try FileDigest.of(path, digest.algorithm) == digest)
        }
        guard isGood else { return Difference(path, found: "other content", wanted: "sha256:\(digest.hex.prefix(12))") }
        context.remember(path, stamp)
        return nil
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? {
        guard let difference = try await difference(context) else { return nil }
        guard try await !isMerelyMisplaced(), let url = try? SourceURL(url) else { return difference }
        return await host.previewed(difference, url)
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        try await refuseObstacle()
        let placement = placement
        if try await isMerelyMisplaced() {
            return try await onDisk { () throws(SystemCallError) in
                try Files.setMode(placement.path, placement.mode)
            }
        }
        try await host.makeFolder(Files.folder(of: path), mode: 0o755)
        try await asBundle { () throws(BundleError) in
            try await host.downloader.fetchFile(
                url, digest, size: size, to: path, mode: placement.mode
            ) { context.tell($0) }
        }
    }

    /// What is there has the digest, and another mode.
    private func isMerelyMisplaced() async throws(StepFailure) -> Bool {
        // Where the mode is right, it is the content that is not, and has been hashed already.
        guard try await misplacement() != nil else { return false }
        let (path, digest) = (path, digest)
        return try await onDisk { () throws(SystemCallError) in
            guard try FileStatus.of(path)?.kind == .file else { return false }
            return try FileDigest.of(path, digest.algorithm) == digest
        }
    }
}
