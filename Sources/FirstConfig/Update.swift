internal import Bundles
internal import Digests
internal import HostConfig
public import Platform

/// A project that has changed: packed again, and its new address and digest put into the config, of which nothing else changes.
public struct Update: Sendable {
    private let folder: String, into: String
    private let called: (name: String, version: String, architecture: String)
    /// The config, and what it says.
    public let config: String
    private let source: [UInt8]
    private let place: BundlePlace
    /// The host that the config is of, and its bootstrap user.
    public let host: String, user: String
    /// The hub's origin; nil: none.
    public let hub: String?

    /// Looks at what is there.
    ///
    /// Blocks, and writes nothing.
    public init(_ folder: String, into: String?, version: String?) throws(FirstConfigError) {
        self.folder = Outline.bare(folder)
        self.into = into.map(Outline.bare) ?? Outline.beside(self.folder)
        config = Outline.path(self.into, Outline.configName)
        let known = try packing { [folder = self.folder] () throws(BundleError) in
            try BundlePacker(folder, BundlePacker.Identity(), sourceDate: nil).knownIdentity()
        }
        guard let name = known.name, let version = version ?? known.version else {
            throw .notUpdated(
                path: self.folder, reason: "says neither name nor version of a bundle",
                remedy: "begin without --update: host-bootstrap init \(ShellWord.plain(folder))")
        }
        try ServiceOutline.check(version: version)
        called = (name, version, known.architecture ?? "any")
        source = try onDisk { [config] () throws(SystemCallError) in
            try Files.read(config, limit: HostConfiguration.sizeLimit)
        }
        let configuration = try Self.load(source, config)
        host = configuration.hostID
        user = configuration.bootstrapUser
        hub = configuration.hub.map { Self.origin($0.url) }
        guard let place = BundlePlace.all(of: name, in: source)?.first, place.architecture == nil else {
            throw .notUpdated(
                path: config, reason: "has no \(name) in \"bundles\" with \"url\" and \"checksum\" of its own",
                remedy:
                    "put address and digest of a new bundle into it yourself: host-bootstrap bundle pack prints the digest"
            )
        }
        self.place = place
    }

    /// Packs, puts the bundle beside the config, and then replaces the config; takes the bundle back when that fails.
    ///
    /// Blocks; setting `stop` ends it soon. A bundle of that version with other content is never replaced.
    public func write(sourceDate: Int64?, stop: StopFlag) throws(FirstConfigError) -> FirstFiles {
        var written = FirstFiles()
        var new: [String] = []
        do throws(FirstConfigError) {
            try Outline.pack(folder, as: called, into: into, sourceDate, stop) { (packed) throws(FirstConfigError) in
                let name = Files.name(of: packed.path)
                let target = Outline.path(into, name)
                let archive = FirstFiles.Archive(packed, at: target)
                let text = BundlePlace.changed(
                    source,
                    [
                        (
                            place,
                            BundlePlace.Archive(
                                name: name, digest: archive.digest, size: archive.size, version: called.version)
                        )
                    ])
                _ = try Self.load(text, config)
                if try !isThere(archive) {
                    try move(packed.path, target, &new)
                    // One that lies there without its bundle is nobody's.
                    try? Files.remove("\(target).sha256")
                    try move("\(packed.path).sha256", "\(target).sha256", &new)
                }
                if text != source { try replaceConfig(text) }
                written.archive = archive
                written.files = new.map { .init(path: $0, words: "new") }
                if text != source { written.files.append(.init(path: config, words: "its new address and digest")) }
            }
            return written
        } catch {
            for path in new.reversed() { try? Files.remove(path) }
            throw error
        }
    }

    /// The same bundle is there, as after an update that was cut off; another of that version is a mistake.
    private func isThere(_ archive: FirstFiles.Archive) throws(FirstConfigError) -> Bool {
        guard try onDisk({ () throws(SystemCallError) in try FileStatus.of(archive.path) }) != nil else { return false }
        let digest = try onDisk { () throws(SystemCallError) in try FileDigest.of(archive.path) }
        guard digest.hex == archive.digest else {
            throw .notUpdated(
                path: archive.path, reason: "is version \(called.version) already, of other content",
                remedy:
                    "give the change a version of its own, where \(folder) says it or by --bundle-version: hosts go back to old ones"
            )
        }
        return true
    }

    private func move(_ from: String, _ target: String, _ new: inout [String]) throws(FirstConfigError) {
        try onDisk { () throws(SystemCallError) in try Files.renameIfAbsent(from, to: target) }
        new.append(target)
    }

    /// Through a link, if it is one, and with the mode that it has.
    private func replaceConfig(_ text: [UInt8]) throws(FirstConfigError) {
        try onDisk { [config] () throws(SystemCallError) in
            let status = try FileStatus.of(config, followingLink: true)
            let path = try Files.linkTarget(config).map {
                $0.hasFirstBytes("/") ? $0 : "\(Files.folder(of: config))/\($0)"
            }
            try Files.replace(path ?? config, with: text, mode: status?.mode ?? 0o644)
        }
    }

    private static func load(_ bytes: [UInt8], _ path: String) throws(FirstConfigError) -> HostConfiguration {
        do throws(ConfigurationError) { return try HostConfiguration.load(bytes, file: path).get() } catch {
            let explanation = error.explanation
            throw .notUpdated(
                path: explanation.place ?? path, reason: explanation.problem, remedy: explanation.hint)
        }
    }

    private static func origin(_ url: WebAddress) -> String {
        url.text.parts(at: "/").prefix(3).joined(separator: "/")
    }
}
