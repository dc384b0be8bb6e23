internal import Database
internal import Digests
internal import Glibc
internal import HostConfig
internal import Platform

/// Whether a host will find at this hub what its config says is there.
extension Hub {
    /// What is not, a line each with its remedy; it may still be added, so that the config is taken all the same.
    func missingArtifacts(of config: HostConfiguration, file: String) throws(HubError) -> [String] {
        // The hub knows not what it is called; the config does.
        guard let origin = config.hub.flatMap({ HubURL(originOf: $0.url.text) }) else { return [] }
        var warnings: [String] = []
        for (url, digest) in Self.downloads(of: config) {
            guard url.path.hasFirstBytes("/artifacts/"), HubURL(originOf: url.text) == origin else { continue }
            let path = String(Substring(url.path.utf8.dropFirst("/artifacts/".utf8.count)))
            let name = Files.name(of: path)
            guard let found = try digestOfArtifact(at: path) else {
                warnings.append(
                    "\(file): warning: \(path) is not at this hub: bootstrap-hub add-bundle \(name)")
                continue
            }
            guard let digest, digest.algorithm == .sha256, digest != found else { continue }
            warnings.append(
                "\(file): warning: \(path) has sha256 \(found.hex) here, and the config says \(digest.hex), so that hosts "
                    + "refuse it: bootstrap-hub add-bundle FILE with the file that the config was made for, or host-bootstrap init DIR --update"
            )
        }
        return warnings
    }

    private static func downloads(of config: HostConfiguration) -> [(url: WebAddress, digest: Digest?)] {
        var all: [(url: WebAddress, digest: Digest?)] = []
        for source in Architecture.allCases.flatMap({ config.bundles(for: $0) }) {
            for url in [source.url] + source.mirrors { all.append((url, source.digest)) }
            if let delta = source.delta { all.append((delta.url, delta.digest)) }
        }
        var seen: Set<WebAddress> = []
        return all.filter { seen.insert($0.url).inserted }
    }

    /// Of the file as it is; what another hub that shares the database has counts as it was told.
    private func digestOfArtifact(at path: String) throws(HubError) -> Digest? {
        let known = try inDatabase { () throws(DatabaseError) in try store.artifact(at: path) }
        do throws(SystemCallError) {
            let artifacts = try Descriptor.open(folder.artifacts, O_RDONLY | O_DIRECTORY)
            let file = try artifacts.openBeneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let status = try FileStatus.of(file, path: path)
            guard status.kind == .file else { return nil }
            if let known, known.size == status.size, known.modified == status.modified { return known.digest }
            var hasher = DigestHasher()
            try file.forEachPiece(path: path) { (piece) throws(SystemCallError) in hasher.update(piece) }
            return hasher.finish()
        } catch {
            // What cannot be opened here cannot be served here; another hub of the fleet may have it.
            return known?.digest
        }
    }
}
