import Platform

extension ArchiveInstall.Staged {
    /// Holds what was unpacked to its manifest, if it has one, and gives the files the modes that it names.
    ///
    /// `accept` looks at the manifest before anything is held against it.
    func held(
        _ accept: (BundleManifest) throws(BundleError) -> Void = { (_) throws(BundleError) in }
    ) async throws(BundleError) -> (staged: Self, manifest: BundleManifest?) {
        let url = archive.url, folder = folder, listing = listing
        let bytes = try await onThread { () throws(SystemCallError) in
            try Files.readIfPresent("\(folder)/\(BundleManifest.fileName)", limit: BundleManifest.largest)
        }
        guard let bytes else { return (self, nil) }
        let (manifest, check) = try BundleManifest.read(bytes, path: "\(url): \(BundleManifest.fileName)")
        try accept(manifest)
        let findings = try await onThread { () throws(SystemCallError) in try check.findings(listing) }
        var held = self
        for finding in findings {
            // The manifest's modes are given, whatever the archive says; everything else is refused.
            guard case .otherMode(let path, _, let wanted) = finding else {
                throw .manifest(path: url, reason: finding.words)
            }
            held.modes[path] = wanted
        }
        try await onThread { [modes = held.modes] () throws(SystemCallError) in
            for (path, mode) in modes { try Files.setMode("\(folder)/\(path)", mode) }
        }
        return (held, manifest)
    }
}
