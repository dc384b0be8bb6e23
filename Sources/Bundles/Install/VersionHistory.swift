internal import JSON
public import Platform

/// What became of a bundle's versions: which proved themselves, which was in use before, which was rolled back to.
///
/// All of it lies beside the versions' records, in names that no version has.
extension BundleStore {
    /// A version that somebody rolled back to, and the one it stands in for.
    public struct Pin: Sendable, Codable, Equatable {
        /// The version to use.
        public let version: String
        /// The version that the config leads to, and that is not to be used.
        public let insteadOf: String
        /// Since when, in RFC 3339.
        public let since: String
        /// The digest of the archive that is not to be used; nil in what was written before there was one.
        public let archiveDigest: String?
        /// Why that was not healthy; nil when a person rolled back.
        public let reason: String?

        enum CodingKeys: String, CodingKey {
            case version, since, reason
            case insteadOf = "instead_of"
            case archiveDigest = "archive_digest"
        }

        /// It stands in for what was installed here, and not for something else of the same version.
        public func standsIn(for record: InstallRecord) -> Bool {
            record.version == insteadOf && (archiveDigest == nil || archiveDigest == record.archiveDigest)
        }
    }

    // MARK: Health

    /// When a version was first seen to be healthy, in RFC 3339; nil when it never was.
    ///
    /// Blocks.
    public func healthySince(_ name: String, _ version: String) throws(SystemCallError) -> String? {
        try line(healthPath(name, version))
    }

    /// The one line of a file; nil when there is none, or it was cut off, or something else is in its place.
    private func line(_ path: String) throws(SystemCallError) -> String? {
        guard try FileStatus.of(path)?.kind == .file, let text = try Files.text(path), text.hasSuffix("\n") else {
            return nil
        }
        return String(text.prefix { $0 != "\n" })
    }

    /// Remembers that a version proved itself.
    ///
    /// Blocks.
    public func markHealthy(_ name: String, _ version: String) throws(SystemCallError) {
        let path = healthPath(name, version)
        if try FileStatus.of(path)?.kind == .folder { try Folders.removeTree(path) }
        try Files.replace(path, with: Array("\(Timestamp.now().rfc3339)\n".utf8), mode: 0o644)
    }

    /// Remembers that a version did not prove itself after all.
    ///
    /// Blocks.
    public func markUnhealthy(_ name: String, _ version: String) throws(SystemCallError) {
        guard try FileStatus.of(healthPath(name, version)) != nil else { return }
        try Files.remove(healthPath(name, version))
        try Files.synchronizeFolder(records(name))
    }

    /// The other versions that are wholly installed and proved themselves, the last one first.
    ///
    /// Blocks.
    public func otherHealthyVersions(_ name: String) throws(SystemCallError) -> [String] {
        let current = try currentVersion(name)
        return try healthyVersions(name).filter { $0 != current }
    }

    private func healthyVersions(_ name: String) throws(SystemCallError) -> [String] {
        var healthy: [(version: String, since: String)] = []
        for record in try versions(name, archive: nil) {
            if let since = try healthySince(name, record.version) { healthy.append((record.version, since)) }
        }
        return healthy.sorted { ($0.since, $0.version) > ($1.since, $1.version) }.map(\.version)
    }

    // MARK: Use

    /// Points the link at a version, and remembers which one it pointed at before.
    ///
    /// Blocks. A folder in the link's place is moved aside, never removed.
    public func use(_ name: String, _ version: String) throws(SystemCallError) {
        let link = currentLink(name)
        if let before = try currentVersion(name), before != version, record(name, before) != nil {
            try Files.replace(previousPath(name), with: Array("\(before)\n".utf8), mode: 0o644)
        }
        // No link ever leads to what a power cut could take away.
        try FileSystem.synchronize(holding: folder(name, version))
        if try FileStatus.of(link)?.kind == .folder {
            try Files.renameIfAbsent(link, to: "\(link).moved-aside-\(Timestamp.now().milliseconds)")
        }
        try Files.replaceLink(link, target: version)
        // The config leads to a third version: what was rolled back from is past.
        if let pin = pin(name), pin.version != version { try unpin(name) }
    }

    /// The version that was in use before the current one; nil when there was none.
    ///
    /// Blocks.
    public func previousVersion(_ name: String) throws(SystemCallError) -> String? {
        try line(previousPath(name))
    }

    // MARK: Roll-back

    /// What was rolled back to, if it still stands in for something.
    ///
    /// Blocks.
    public func pin(_ name: String) -> Pin? {
        guard let bytes = (try? Files.readIfPresent(pinPath(name))) ?? nil else { return nil }
        return try? Pin(json: bytes)
    }

    /// Uses a version in the place of another from now on, until the config leads to a third.
    ///
    /// Blocks. `reason` says why the other was not healthy.
    public func pin(
        _ name: String, to version: String, insteadOf other: InstallRecord, because reason: String? = nil
    ) throws(SystemCallError) {
        let pin = Pin(
            version: version, insteadOf: other.version, since: Timestamp.now().rfc3339,
            archiveDigest: other.archiveDigest, reason: reason)
        try Files.replace(pinPath(name), with: pin.json(), mode: 0o644)
    }

    /// Lets the config decide again.
    ///
    /// Blocks.
    public func unpin(_ name: String) throws(SystemCallError) {
        guard try FileStatus.of(pinPath(name)) != nil else { return }
        try Files.remove(pinPath(name))
        try Files.synchronizeFolder(records(name))
    }

    // MARK: Clean-up

    /// The versions that nobody needs: all but the current and the previous one, what a roll-back has to do with, and the
    /// last healthy ones, `keep` together with the current.
    ///
    /// Blocks. A version that is not wholly installed is not among them: the next installation repairs it.
    public func superfluousVersions(_ name: String, keep: Int) throws(SystemCallError) -> [String] {
        guard let current = try currentVersion(name) else { return [] }
        let pin = pin(name)
        var kept = Set([current, try previousVersion(name), pin?.version, pin?.insteadOf].compactMap(\.self))
        let healthy = try healthyVersions(name).filter { $0 != current }
        kept.formUnion(healthy.prefix(max(keep - 1, 0)))
        return try versions(name, archive: nil).map(\.version).filter { !kept.contains($0) }.sorted()
    }

    /// Removes a version and all that is known of it.
    ///
    /// Blocks. What is known goes last: until then, another try finds what there is to remove.
    public func remove(_ name: String, _ version: String) throws(SystemCallError) {
        try WorkFolder.discard(folder(name, version), prefix: workPrefix(name))
        try Files.remove(healthPath(name, version))
        try InstallRecord.remove(recordPath(name, version))
    }

    /// Removes all versions of the bundle in a folder, and what is known of them.
    ///
    /// Blocks. A folder below the store's own goes as one; another is left empty, for who may not write to the one it lies in.
    public func remove(in folder: String) throws(SystemCallError) {
        if Files.folder(of: folder) == root { return try WorkFolder.discard(folder, prefix: discardPrefix) }
        try BundleStore(holding: folder).empty(Files.name(of: folder))
    }

    private func empty(_ name: String) throws(SystemCallError) {
        for record in try versions(name, archive: nil) { try remove(name, record.version) }
        try Files.remove(currentLink(name))
        // Last: until then, another try finds what there is to remove.
        try WorkFolder.discard(records(name), prefix: workPrefix(name))
    }

    /// What the paths of the folders begin with that a bundle is removed in; digits follow.
    public var discardPrefix: String { ArchiveInstall.stagingPrefix(beside: folder("bundles")) }

    // MARK: Paths

    private func healthPath(_ name: String, _ version: String) -> String { "\(records(name))/\(version).healthy" }
    private func previousPath(_ name: String) -> String { "\(records(name))/.previous" }
    private func pinPath(_ name: String) -> String { "\(records(name))/.pin" }
}
