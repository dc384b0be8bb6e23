import Archives
import Digests
import Platform
import Testing
import Transfer

@testable import Bundles

/// A folder to publish bundles in, one for downloads, and a store.
struct Shelf: Sendable {
    let top: String
    var root: String { "\(top)/store" }
    var store: BundleStore { BundleStore(root: root) }
    private var fetcher: ArchiveFetcher {
        let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)
        return ArchiveFetcher(Downloader(policy: once), downloads: "\(top)/downloads")
    }

    /// One file of a bundle.
    struct Item: Sendable {
        var path: String
        var content: String
        var mode: UInt32 = 0o644
    }

    static func with(_ body: (Shelf) async throws -> Void) async throws {
        let shelf = Shelf(top: try Folders.makeTemporary(prefix: "/tmp/bundles-tests-"))
        defer { try? Folders.removeTree(shelf.top) }
        for name in ["published", "downloads"] { try Folders.make("\(shelf.top)/\(name)") }
        try await body(shelf)
        // Whatever happened, no half-unpacked tree may stay.
        let left = try Folders.names(in: "\(shelf.root)/tool").filter { $0.hasPrefix(".staging-") }
        #expect(left == [])
    }

    static let items = [
        Item(path: "bin/tool", content: "#!/bin/sh\n", mode: 0o755), Item(path: "share/data", content: "data"),
    ]

    /// A manifest that fits the items, unless told otherwise.
    static func manifest(
        _ items: [Item] = items, name: String = "tool", version: String = "1.0", arch: String = "any",
        entryPoint: String = "bin/tool", format: Int = 1
    ) -> String {
        let files = items.map { item in
            let mode = String(item.mode, radix: 8), digest = Digest.of(item.content.utf8).hex
            return #"{"path": "\#(item.path)", "mode": "0\#(mode)", "sha256": "\#(digest)"}"#
        }
        return """
            {"schema_version": \(format), "name": "\(name)", "version": "\(version)", "arch": "\(arch)",
            "files": [\(files.joined(separator: ", "))], "entry_points": {"tool": "\(entryPoint)"}}
            """
    }

    /// Packs items and manifest; the answer is the archive's digest.
    @discardableResult
    func publish(
        _ file: String = "tool.tar.gz", _ items: [Item] = items, manifest: String? = manifest()
    ) async throws -> Digest {
        let tree = try Folders.makeTemporary(prefix: "\(top)/tree-")
        defer { try? Folders.removeTree(tree) }
        try Files.setMode(tree, 0o755)
        for item in items + (manifest.map { [Item(path: "manifest.json", content: $0)] } ?? []) {
            try Folders.make(Files.folder(of: "\(tree)/\(item.path)"))
            try Files.replace("\(tree)/\(item.path)", with: Array(item.content.utf8), mode: item.mode)
        }
        let path = "\(top)/published/\(file)"
        let result = try await Subprocess.run(Command("/usr/bin/tar", ["-C", tree, "-czf", path, "."]))
        try #require(result.succeeded, "\(result.errors)")
        return .of(try Files.read(path))
    }

    func url(_ file: String = "tool.tar.gz") throws -> SourceURL { try SourceURL("file://\(top)/published/\(file)") }

    func wanted(
        _ verification: ArchiveSource.Verification, mirrors: [SourceURL] = [], version: String? = nil,
        expecting files: [String] = []
    ) throws -> WantedBundle {
        WantedBundle(
            name: "tool", source: ArchiveSource(try url(), mirrors: mirrors, verification), version: version,
            architecture: "x86_64", expectedFiles: files, limits: .init())
    }

    @discardableResult
    func install(_ wanted: WantedBundle, _ notes: @escaping ProgressNotes = { _ in }) async throws -> InstallRecord {
        try await store.install(wanted, fetcher, notes)
    }

    /// Publishes and installs version 1.0 and puts it to use.
    @discardableResult
    func installFirst() async throws -> InstallRecord {
        let digest = try await publish()
        let record = try await install(wanted(.digest(digest)))
        try store.use("tool", "1.0")
        return record
    }

    func promised(_ verification: ArchiveSource.Verification) async throws -> Digest? {
        try await fetcher.promisedDigest(ArchiveSource(try url(), verification))
    }

    func drift() throws -> String? {
        try #require(store.record("tool", "1.0")).drift(in: store.folder("tool", "1.0"))
    }

    func text(_ path: String) throws -> String? { try Files.text("\(root)/tool/\(path)") }

    var downloads: [String] { get throws { try Folders.names(in: "\(top)/downloads") } }
}
