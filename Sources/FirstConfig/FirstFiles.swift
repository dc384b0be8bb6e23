internal import Bundles
internal import Digests
public import Platform

/// What was written, in this order.
public struct FirstFiles: Sendable {
    /// One file, and what it is in a few words.
    public struct File: Sendable {
        /// Its path, as the folders were named, and what it is.
        public let path: String, words: String
    }

    /// A bundle that was packed.
    public struct Archive: Sendable {
        /// Where it is; its SHA-256 in hexadecimal digits.
        public let path: String, digest: String
        /// Its length in bytes.
        public let size: Int64
        /// What is in the folder and not in it.
        public let leftOut: [String]

        init(_ packed: BundlePacker.Packed, at path: String) {
            self.path = path
            digest = packed.digest.hex
            size = packed.size
            leftOut = packed.leftOut
        }
    }

    /// All that is new, the config last.
    public internal(set) var files: [File] = []
    /// The bundle; nil where there is no project.
    public internal(set) var archive: Archive?
    /// The units that the bundle brings.
    public internal(set) var units: [String] = []
}

extension Outline {
    /// Where the config goes.
    public var config: String { Self.path(into, Self.configName) }

    /// Writes unit and manifest, packs the bundle, and puts the config beside it, last; takes all of it back when it fails.
    ///
    /// Blocks; setting `stop` ends it soon. What is there already is never replaced.
    public func write(sourceDate: Int64?, stop: StopFlag) throws(FirstConfigError) -> FirstFiles {
        var written = FirstFiles()
        do throws(FirstConfigError) {
            if let service { try write(service, sourceDate, stop, &written) }
            let (digest, size) = (written.archive?.digest ?? "", written.archive?.size ?? 0)
            try put(text(digest: digest, size: size), config, "the config", &written)
            return written
        } catch {
            for file in written.files.reversed() { try? Files.remove(file.path) }
            throw error
        }
    }

    private func write(
        _ service: ServiceOutline, _ sourceDate: Int64?, _ stop: StopFlag, _ written: inout FirstFiles
    ) throws(FirstConfigError) {
        if let unit = service.newUnit {
            let words = "how systemd starts it"
            try put(Array(unit.text.utf8), "\(service.folder)/\(unit.name)", words, &written)
        }
        if let manifest = service.newManifest {
            let words = "what the bundle says of itself"
            try put(manifest, "\(service.folder)/\(BundleManifest.fileName)", words, &written)
        }
        written.units = service.units.map(\.name)
        let identity = (service.name, service.version, service.architecture)
        try Self.pack(service.folder, as: identity, into: into, sourceDate, stop) {
            (packed) throws(FirstConfigError) in
            let target = Self.path(into, service.archive)
            try move(packed.path, target, &written)
            try move("\(packed.path).sha256", "\(target).sha256", &written)
            written.archive = .init(packed, at: target)
        }
        try onDisk { () throws(SystemCallError) in try Files.synchronizeFolder(into) }
    }

    private func move(_ from: String, _ target: String, _ written: inout FirstFiles) throws(FirstConfigError) {
        try onDisk { () throws(SystemCallError) in try Files.renameIfAbsent(from, to: target) }
        written.files.append(.init(path: target, words: target.hasLastBytes(".sha256") ? "its digest" : "the bundle"))
    }

    private func put(
        _ bytes: [UInt8], _ path: String, _ words: String, _ written: inout FirstFiles
    ) throws(FirstConfigError) {
        try onDisk { () throws(SystemCallError) in try Files.create(path, with: bytes, mode: 0o644) }
        written.files.append(.init(path: path, words: words))
    }

    /// Packs a folder in a work folder beside where it goes, for the body to move archive and `.sha256` there.
    static func pack(
        _ folder: String, as identity: (name: String, version: String, architecture: String), into: String,
        _ sourceDate: Int64?, _ stop: StopFlag, _ body: (BundlePacker.Packed) throws(FirstConfigError) -> Void
    ) throws(FirstConfigError) {
        var wanted = BundlePacker.Identity()
        (wanted.name, wanted.version, wanted.architecture) = identity
        let name = ServiceOutline.archive(identity.name, identity.version, identity.architecture)
        let work = try onDisk { () throws(SystemCallError) in
            try WorkFolder(prefix: path(into, ".host-bootstrap-init-"))
        }
        defer { work.remove() }
        let packer = BundlePacker(folder, wanted, sourceDate: sourceDate)
        try body(try packing { () throws(BundleError) in try packer.run(to: "\(work.path)/\(name)", stop: stop) })
    }
}
