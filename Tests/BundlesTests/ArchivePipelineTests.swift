import Archives
import Digests
import Glibc
import Platform
import Testing
import Transfer

@testable import Bundles

@Suite(.enabled(if: Files.isAccessible(FakeMirror.python, X_OK), "needs python3 to serve"), .timeLimit(.minutes(1)))
struct ArchivePipelineTests {
    /// Large enough that half of it is unpacked before the server turns out to have another version.
    private static let items = (0..<40).map { number in
        let text = (0..<20_000).map { "\(($0 &* 7919 &+ number) % 65_521) " }.joined()
        return Shelf.Item(path: "share/\(number)", content: text)
    }

    @Test func `a server that has another version in the middle makes it all begin anew`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish("tool.tar.gz", Self.items, manifest: nil)
            let record = try await install(try mirror.url("renewed"), .digest(digest), shelf, attempts: 2)
            #expect(record.archiveDigest == digest.hex)
            for item in Self.items {
                let isSame = try Files.text("\(shelf.top)/installed/\(item.path)") == item.content
                #expect(isSame, "\(item.path)")
            }
            #expect(try Folders.names(in: "\(shelf.top)/installed/share").count == Self.items.count)
            #expect(try leftovers(shelf) == [])
        }
    }

    @Test(arguments: [[0x1f, 0x8b, 0], Array("<html>".utf8)] as [[UInt8]])
    func `wrong bytes that are no archive are told of as wrong bytes, and a page as a page`(bytes: [UInt8]) async throws
    {
        try await FakeMirror.with { mirror, shelf async throws in
            try Files.replace("\(shelf.top)/published/tool.tar.gz", with: bytes, mode: 0o644)
            let wanted = Digest.of("wanted".utf8), url = try mirror.url("well")
            let error = await #expect(throws: BundleError.self) { try await install(url, .digest(wanted), shelf) }
            switch error {
            case .mismatch(_, wanted, let found, resumed: false)?: #expect(bytes.first == 0x1f && found == .of(bytes))
            case .notTheFile?: #expect(bytes.first != 0x1f)
            default: Issue.record("\(String(describing: error))")
            }
            #expect(try leftovers(shelf) == [])
            #expect(try shelf.downloads == [])
        }
    }

    /// A tar begins with its first entry's path; a long one looks like a text.
    @Test(arguments: [nil, Digest.of("wanted".utf8)] as [Digest?])
    func `a tar that begins like a text is told as an archive`(wanted: Digest?) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            // Without a digest the transfer is ended on the way, too.
            let bytes = try await publishTar(shelf)
            let url = try mirror.url(wanted == nil ? "endless" : "well", "tool.tar")
            #expect(ServerAnswer(whole: bytes).kind == .text)
            let check = wanted.map { ArchiveSource.Verification.digest($0) } ?? ArchiveSource.Verification.none
            let error = await #expect(throws: BundleError.self) { try await install(url, check, shelf) }
            switch error {
            case .mismatch(_, let named, let found, _)?: #expect(named == wanted && found == .of(bytes))
            case .archive(.refused(_, let entry, _))?: #expect(wanted == nil && entry == "../x")
            default: Issue.record("\(String(describing: error))")
            }
            #expect(try leftovers(shelf) == [])
        }
    }

    @Test func `what nobody vouches for is fetched no further than it is good`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            try Files.replace("\(shelf.top)/published/tool.tar.gz", with: Array("no archive".utf8), mode: 0o644)
            let error = await #expect(throws: BundleError.self) {
                try await install(try mirror.url("endless"), .none, shelf)
            }
            #expect(error?.isIntegrity == true, "\(String(describing: error))")
            var requests = try await mirror.requests
            while !requests.contains("endless/ went away") {
                try await Task.sleep(for: .milliseconds(20))
                requests = try await mirror.requests
            }
            #expect(try leftovers(shelf) == [])
            #expect(try shelf.downloads == [])
        }
    }

    @Test func `who is stopped leaves no half of a tree, and the download for the next run`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish("tool.tar.gz", Self.items, manifest: nil)
            let task = Task { try await install(try mirror.url("stuck"), .digest(digest), shelf) }
            while try leftovers(shelf).isEmpty || shelf.downloads.isEmpty {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: BundleError.self) { try await task.value }
            #expect(try leftovers(shelf) == [])
            #expect(try FileStatus.of("\(shelf.top)/installed") == nil)
            #expect(try shelf.downloads != [])
        }
    }

    @Test(arguments: [
        (Shelf.manifest(), nil), ("{}", "is no manifest"),
        (Shelf.manifest([Shelf.items[0]], entryPoint: "bin/tool"), "\"share/data\" is not in the manifest"),
        (Shelf.manifest([Shelf.items[0], .init(path: "share/data", content: "else")]), "has other content"),
        (Shelf.manifest(Shelf.items + [.init(path: "more", content: "")]), "\"more\" is missing"),
    ])
    func `what is installed by hand is held to its manifest too`(manifest: String, trouble: String?) async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish(manifest: manifest)
            let installing = { try await install(shelf.url(), .digest(digest), shelf) }
            if let trouble {
                let error = await #expect(throws: BundleError.self) { _ = try await installing() }
                #expect(error?.explanation.summary.contains(trouble) == true, "\(String(describing: error))")
                #expect(error?.isIntegrity == true)
                #expect(try FileStatus.of("\(shelf.top)/installed") == nil)
            } else {
                #expect(try await installing().version == "1.0")
                #expect(try FileStatus.of("\(shelf.top)/installed/bin/tool")?.mode == 0o755)
            }
            #expect(try leftovers(shelf) == [])
        }
    }

    @Test func `a place where nothing can be made is told of as this host's fault`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let digest = try await shelf.publish("tool.tar.gz", Self.items, manifest: nil)
            try Files.replace("\(shelf.top)/file", with: [], mode: 0o600)
            let fetcher = ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
            let install = ArchiveInstall(fetcher, ArchiveSource(try mirror.url("well"), .digest(digest)))
            let error = await #expect(throws: BundleError.self) {
                try await install.run(at: "\(shelf.top)/file/below") { _ in }
            }
            #expect(error?.isOfThisHost == true)
        }
    }

    /// A tar whose first path is long, and whose second leads out of the folder.
    private func publishTar(_ shelf: Shelf) async throws -> [UInt8] {
        let path = "\(shelf.top)/published/tool.tar", first = String(repeating: "n", count: 70)
        try Folders.make("\(shelf.top)/tree")
        for name in ["tree/\(first)", "x"] { try Files.replace("\(shelf.top)/\(name)", with: [], mode: 0o644) }
        let packed = try await Subprocess.run(
            Command("/usr/bin/tar", ["-C", "\(shelf.top)/tree", "-cPf", path, first, "../x"]))
        try #require(packed.succeeded, "\(packed.errors)")
        return try Files.read(path)
    }

    @discardableResult
    private func install(
        _ url: SourceURL, _ verification: ArchiveSource.Verification, _ shelf: Shelf, attempts: Int = 1
    ) async throws -> InstallRecord {
        let policy = RetryPolicy(attempts: attempts, budget: .seconds(600), firstDelay: .milliseconds(10))
        let fetcher = ArchiveFetcher(Downloader(policy: policy), downloads: "\(shelf.top)/downloads")
        return try await ArchiveInstall(fetcher, ArchiveSource(url, verification))
            .run(at: "\(shelf.top)/installed") { _ in }
    }

    private func leftovers(_ shelf: Shelf) throws -> [String] {
        try Folders.names(in: shelf.top).filter { $0.hasPrefix(".staging-") }
    }
}
