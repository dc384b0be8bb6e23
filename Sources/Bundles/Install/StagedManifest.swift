import Platform

extension ArchiveInstall.Staged {
    /// The same with a listing, if there is a manifest to hold it to: one that came late had none made on the way.
    func listed() async throws(BundleError) -> Self {
        let (folder, listing, url) = (folder, listing, archive.url)
        let isWanted = try await onThread { () throws(SystemCallError) in
            var reader = try listing.reader()
            guard try reader.next() == nil else { return false }
            return try FileStatus.of("\(folder)/\(BundleManifest.fileName)") != nil
        }
        if isWanted {
            _ = try await onOwnStoppableThread { (stop) throws(BundleError) in
                try TreeListingWriter.list(folder, of: url, in: listing.path, stop)
            }
        }
        return self
    }

    /// Holds what was unpacked to its manifest, if it has one, and gives the files the modes that it names.
    ///
    /// `accept` looks at the manifest before anything is held against it.
    func held(
        _ accept: (BundleManifest) throws(BundleError) -> Void = { (_) throws(BundleError) in }
    ) async throws(BundleError) -> (staged: Self, manifest: BundleManifest?) {
        let url = archive.url, folder = folder, listing = listing, early = manifest
        let path = "\(folder)/\(BundleManifest.fileName)"
        let status = try await onThread { () throws(SystemCallError) in try FileStatus.of(path) }
        guard status != nil else { return (self, nil) }
        let (manifest, check) = try await onOwnThread { () throws(BundleError) in
            // What could not be read there is read once more, for the words that say why.
            if case .success(let read)? = early?.finished() { return read }
            let name = "\(url): \(BundleManifest.fileName)"
            return try BundleManifest.read(ManifestText(file: path, name: name))
        }
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
            for (path, mode) in modes { try Files.setMode(PathBytes(folder).appending(path), mode) }
        }
        return (held, manifest)
    }
}
