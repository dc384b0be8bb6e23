import Digests
import Glibc
import Platform
import Synchronization
import Testing
import Transfer

@testable import Bundles

@Suite(.enabled(if: Files.isAccessible(FakeMirror.python, X_OK), "needs python3 to serve"))
struct MirrorTests {
    @Test func `mirrors are asked in their order, past a server in trouble and wrong bytes`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "other.tar.gz", "not it")
            let urls = [
                try mirror.url("down"), try mirror.url("well", "other.tar.gz"), try mirror.url("well"),
                try mirror.url("late"),
            ]
            let archive = try await install(source(urls, .digest(digest)), shelf)
            #expect(archive.url == urls[2].description)
            #expect(
                try await mirror.requests == [
                    "down/tool.tar.gz whole", "well/other.tar.gz whole", "well/tool.tar.gz whole",
                ])
        }
    }

    @Test(arguments: [["down", "well"], ["well", "down"], ["down", "well", "down"]])
    func `when no mirror has the right bytes, wrong ones outrank a server in trouble`(health: [String]) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let found = try await shelf.publish(), wanted = Digest.of("wanted".utf8)
            let urls = try health.map { try mirror.url($0) }
            let url = try mirror.url("well").description
            await #expect(throws: BundleError.mismatch(url: url, wanted: wanted, found: found, resumed: false)) {
                try await install(source(urls, .digest(wanted)), shelf)
            }
        }
    }

    @Test func `a mirror's sidecar promises when the first address has none`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", digest.hex)
            let urls = [try mirror.url("down"), try mirror.url("well")]
            let fetcher = fetcher(shelf)
            #expect(try await fetcher.promisedDigest(source(urls, .sidecar(nil))) == digest)
            #expect(try await install(source(urls, .sidecar(nil)), shelf, fetcher).url == urls[1].description)
        }
    }

    @Test(arguments: ["late", "down"])
    func `a sidecar is asked for once in a run, whatever comes of it`(health: String) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", digest.hex)
            let fetcher = fetcher(shelf), source = source([try mirror.url(health)], .sidecar(nil))
            await withTaskGroup { group in
                for _ in 0..<3 { group.addTask { _ = try? await fetcher.promisedDigest(source) } }
            }
            _ = try? await install(source, shelf, fetcher)
            _ = try? await fetcher.promisedDigest(source)
            let asked = try await mirror.requests.filter { $0.contains(".sha256") }
            #expect(asked == ["\(health)/tool.tar.gz.sha256 whole"])
        }
    }

    @Test func `who stops waiting for a sidecar spoils it for nobody else`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", digest.hex)
            let fetcher = fetcher(shelf), source = source([try mirror.url("late")], .sidecar(nil))
            let first = Task { try await fetcher.promisedDigest(source) }
            while try await mirror.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let second = Task { try await fetcher.promisedDigest(source) }
            first.cancel()
            #expect(try await second.value == digest)
            _ = try? await first.value
        }
    }

    @Test func `a piece that a power loss damaged is fetched again before the mirror is blamed`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            let source = source([try mirror.url("cut"), try mirror.url("late")], .digest(digest))
            let cut = ArchiveSource(try mirror.url("cut"), .digest(digest))
            await #expect(throws: BundleError.self) { try await install(cut, shelf) }
            try damage(shelf)
            let archive = try await install(source, shelf)
            #expect(archive.url == source.urls[0].description)
            let ranges = try await mirror.requests.map { $0.split(separator: " ").last.map(String.init) ?? "" }
            #expect(ranges.count == 3 && ranges[0] == "whole" && ranges[2] == "whole")
            #expect(ranges[1].hasPrefix("bytes="))
        }
    }

    @Test func `with nothing to check the whole against, nothing is gone on with`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish()
            let source = source([try mirror.url("cut")], .none)
            await #expect(throws: BundleError.self) { try await install(source, shelf) }
            try damage(shelf)
            #expect(try await install(source, shelf).archiveDigest == digest.hex)
            #expect(try await mirror.requests == ["cut/tool.tar.gz whole", "cut/tool.tar.gz whole"])
        }
    }

    private func install(
        _ source: ArchiveSource, _ shelf: Shelf, _ fetcher: ArchiveFetcher? = nil
    ) async throws -> InstallRecord {
        try await ArchiveInstall(fetcher ?? self.fetcher(shelf), source)
            .run(at: "\(shelf.top)/installed") { _ in }
    }

    /// Every call is another run.
    private func fetcher(_ shelf: Shelf) -> ArchiveFetcher {
        let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)
        return ArchiveFetcher(Downloader(policy: once), downloads: "\(shelf.top)/downloads")
    }

    private func source(_ urls: [SourceURL], _ verification: ArchiveSource.Verification) -> ArchiveSource {
        ArchiveSource(urls[0], mirrors: Array(urls.dropFirst()), verification)
    }

    private func damage(_ shelf: Shelf) throws {
        let name = try #require(try shelf.downloads.first { !$0.hasSuffix(".origin") })
        let path = "\(shelf.top)/downloads/\(name)"
        var bytes = try Files.read(path)
        try #require(bytes.count > 20)
        bytes[10] ^= 0xff
        try Files.replace(path, with: bytes, mode: 0o600)
    }

    private func write(_ shelf: Shelf, _ file: String, _ text: String) throws {
        try Files.replace("\(shelf.top)/published/\(file)", with: Array(text.utf8), mode: 0o644)
    }
}
