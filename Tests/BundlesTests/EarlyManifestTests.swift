import Archives
import Digests
import Platform
import Testing

@testable import Bundles

@Suite struct EarlyManifestTests {
    private static let good = Shelf.manifest()
    private static let other = Shelf.manifest(version: "2.0")
    private static let wrong = Shelf.manifest([Shelf.items[0], .init(path: "share/data", content: "DATA")])

    @Test(arguments: [
        ([good], []), ([], [good]), ([wrong], [good]), ([other], [good]), (["no manifest"], [good]),
        ([good, wrong], [good]), ([wrong, other], [wrong, good]),
    ])
    func `wherever it stands in the archive, and however often it comes, the last one counts`(
        first: [String], last: [String]
    ) async throws {
        try await Shelf.with { shelf async throws in
            try await publish(first, last, shelf)
            #expect(try await shelf.install(shelf.wanted(.none)).version == "1.0")
            #expect(try shelf.drift() == nil)
        }
    }

    @Test(arguments: [
        ([wrong], []), ([], [wrong]), ([good], [wrong]), (["no manifest"], []), ([good], ["no manifest"]),
    ])
    func `a tree that does not fit the last one is refused`(first: [String], last: [String]) async throws {
        try await Shelf.with { shelf async throws in
            try await publish(first, last, shelf)
            let error = await #expect(throws: BundleError.self) { try await shelf.install(shelf.wanted(.none)) }
            guard case .manifest = error else { throw Unexpected(error: error) }
        }
    }

    @Test func `it is read while the rest comes, and only once`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/bundles-tests-")
        defer { try? Folders.removeTree(folder) }
        let early = EarlyManifest(in: folder, of: "x")
        let entry = UnpackedEntry(path: "manifest.json", kind: .file(size: 1, digest: Digest.of([])), mode: 0o644)
        #expect(early.finished() == nil)
        early.see([UnpackedEntry(path: "a/manifest.json", kind: .folder, mode: 0o755)])
        #expect(early.finished() == nil)
        try Files.replace("\(folder)/manifest.json", with: Array(Self.good.utf8), mode: 0o644)
        early.see([entry])
        guard case .success(let read)? = early.finished() else { throw Unexpected(error: nil) }
        #expect(read.manifest.version == "1.0" && read.check.count == 2)
        try Files.replace("\(folder)/manifest.json", with: Array(Self.other.utf8), mode: 0o644)
        early.see([entry])
        guard case .success(let again)? = early.finished() else { throw Unexpected(error: nil) }
        #expect(again.manifest.version == "1.0")
    }

    private struct Unexpected: Error {
        let error: BundleError?
    }

    /// A tar with manifests before and after all else.
    private func publish(_ first: [String], _ last: [String], _ shelf: Shelf) async throws {
        try await shelf.publish(manifest: nil)
        let tree = "\(shelf.top)/tree", archive = "\(shelf.top)/published/tool.tar"
        try Folders.make(tree)
        func tar(_ words: [String]) async throws {
            let result = try await Subprocess.run(Command("/usr/bin/tar", ["-C", tree, "-f", archive] + words))
            try #require(result.succeeded, "\(result.errors)")
        }
        try #require(
            try await Subprocess.run(Command("/usr/bin/tar", ["-C", tree, "-xzf", "\(archive).gz"])).succeeded)
        try await tar(["-c", "--files-from", "/dev/null"])
        for text in first {
            try Files.replace("\(tree)/manifest.json", with: Array(text.utf8), mode: 0o644)
            try await tar(["-r", "manifest.json"])
        }
        try await tar(["-r", "bin", "share"])
        for text in last {
            try Files.replace("\(tree)/manifest.json", with: Array(text.utf8), mode: 0o644)
            try await tar(["-r", "manifest.json"])
        }
        try Files.rename(archive, to: "\(archive).gz")
    }
}
