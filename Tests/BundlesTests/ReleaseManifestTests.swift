import Archives
import Digests
import Platform
import Testing
import Transfer

@testable import Bundles

@Suite struct ReleaseManifestTests {
    @Test(arguments: ["tool.tar.gz", "./tool.tar.gz", "file://TOP/published/tool.tar.gz"])
    func `the newest archive is the one that the file names`(url: String) async throws {
        try await with([
            "url": url, "os": "linux", "arch": "amd64", "version": "1.0", "built_at": "2026-01-02",
            "expires": "2999-01-01T00:00:00Z",
        ]) {
            shelf, release async throws in
            let found = try await release()
            let archive = Digest.of(try Files.read("\(shelf.top)/published/tool.tar.gz"))
            #expect(found.version == "1.0" && found.digest == archive)
            #expect(
                try await fetcher(shelf).promisedDigest(ArchiveSource(found.url, .announced(found.digest)))
                    == found.digest)
            #expect(found.url.fileName == "tool.tar.gz")
        }
    }

    @Test(arguments: [
        (["os": "darwin"], "is for darwin"), (["arch": "arm64"], "is for arm64"),
        (["sha256": "zz"], "\"sha256\" is none"),
        (["sha256": String(repeating: "a", count: 128)], "\"sha256\" is none"), (["version": "../x"], "no plain name"),
        (["expires": "2020-01-01T00:00:00Z"], "its time was over on 2020-01-01"),
        (["expires": "tomorrow"], "its \"expires\" is none"), (["expires": "2999-02-30T00:00:00Z"], "is none"),
        (["url": "http://example.com/x"], "loopback"), (["url": "ftp://example.com/x"], "only https:"),
    ])
    func `what is for another machine, or makes no sense, is refused`(fields: [String: String], words: String)
        async throws
    {
        try await with(fields) { _, release async throws in
            let error = await #expect(throws: BundleError.self) { _ = try await release() }
            #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["", "[]", "{}", "{\"url\": 1, \"sha256\": 2}", "<html>"])
    func `what is no such file is refused`(text: String) async throws {
        try await with([:]) { shelf, release async throws in
            try Files.replace("\(shelf.top)/published/latest.json", with: Array(text.utf8), mode: 0o644)
            let error = await #expect(throws: BundleError.self) { _ = try await release() }
            #expect(error?.isIntegrity == true)
        }
    }

    @Test(arguments: [("1.0", "1.0", true), ("1.0", "0.9", true), ("1.0", "1.0.1", false), ("1.0", "2.0-rc.1", false)])
    func `a bundle that is older than it may be is refused, well signed or not`(
        version: String, minimum: String, isGood: Bool
    ) async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish(manifest: Shelf.manifest(version: version))
            let wanted = WantedBundle(
                name: "tool", source: ArchiveSource(try shelf.url(), .digest(digest)), version: nil,
                minimumVersion: minimum,
                architecture: "x86_64", expectedFiles: [], limits: .init())
            if isGood {
                #expect(try await shelf.install(wanted).version == version)
            } else {
                let refused = BundleError.tooOld(url: try shelf.url().description, version: version, minimum: minimum)
                #expect(refused.isIntegrity)
                await #expect(throws: refused) { try await shelf.install(wanted) }
                #expect(shelf.store.record("tool", version) == nil)
            }
        }
    }

    @Test(arguments: [
        ("https://h/a/latest.json?t=1", "x.tar", "https://h/a/x.tar"),
        ("https://h/a/latest.json", "/x.tar", "https://h/x.tar"),
        ("https://h:8/a/latest.json", "//g/x.tar", "https://g/x.tar"),
        ("https://h/a/l.json", "https://g/x", "https://g/x"),
        ("https://h/l.json", "x.tar?s=2", "https://h/x.tar"),
    ])
    func `an address is read relative to the file that names it`(base: String, reference: String, expected: String)
        throws
    {
        #expect(try SourceURL(base).resolving(reference).description == expected)
    }

    @Test func `a server leads to no file of this host`() {
        #expect(throws: TransferError.self) { try SourceURL("https://h/l.json").resolving("file:///etc/passwd") }
    }

    private func fetcher(_ shelf: Shelf) -> ArchiveFetcher {
        ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
    }

    private func with(
        _ fields: [String: String], _ body: (Shelf, () async throws -> Release) async throws -> Void
    ) async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish()
            let all = ["url": "tool.tar.gz", "sha256": digest.hex].merging(fields) { $1 }
            let members = all.map { key, value in
                let text = value.split(separator: "TOP", omittingEmptySubsequences: false).joined(separator: shelf.top)
                return "\"\(key)\": \"\(text)\""
            }
            let path = "\(shelf.top)/published/latest.json"
            try Files.replace(path, with: Array("{\(members.joined(separator: ", "))}".utf8), mode: 0o644)
            try await body(shelf) {
                try await fetcher(shelf).release(try SourceURL("file://\(path)"), .open, architecture: "x86_64")
            }
        }
    }
}
