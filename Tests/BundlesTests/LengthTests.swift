import Archives
import Digests
import Glibc
import Platform
import Testing
import Transfer

@testable import Bundles

/// How much a server may send before somebody says that it is enough.
@Suite(.enabled(if: Files.isAccessible(FakeMirror.python, X_OK), "needs python3 to serve"), .timeLimit(.minutes(2)))
struct LengthTests {
    /// What sockets of both sides hold beside what was read.
    private static let onTheWay: Int64 = 24 << 20

    @Test func `an archive of the right length is taken`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let (digest, size) = try await publish(shelf)
            for health in ["well", "cut"] {
                let record = try await install(mirror.url(health), .digest(digest), shelf, size: size)
                #expect(record.archiveDigest == digest.hex)
                try Folders.removeTree("\(shelf.top)/installed")
            }
        }
    }

    /// A length that is announced is refused before a byte of the body is kept.
    @Test(arguments: [-1, 1] as [Int64])
    func `an archive of another length is refused, even with the right digest`(more: Int64) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let (digest, size) = try await publish(shelf), url = try mirror.url("well")
            let error = await #expect(throws: BundleError.self) {
                try await install(url, .digest(digest), shelf, size: size + more)
            }
            let found = more < 0 ? nil : size
            #expect(error == .wrongLength(url: url.description, wanted: size + more, found: found))
            #expect(error?.isIntegrity == true)
            #expect(try shelf.downloads == [])
        }
    }

    @Test func `a length that is published beside the digest counts`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let (digest, size) = try await publish(shelf)
            for told in [size, size + 1] {
                let list = "\(digest.hex)  tool.tar.gz\nSIZE (tool.tar.gz) = \(told)\n"
                try Files.replace("\(shelf.top)/published/sums", with: Array(list.utf8), mode: 0o644)
                let source = ArchiveSource.Verification.sidecar(
                    try SourceURL("file://\(shelf.top)/published/sums\(told)"))
                try Files.rename("\(shelf.top)/published/sums", to: "\(shelf.top)/published/sums\(told)")
                if told == size {
                    try await install(mirror.url("well"), source, shelf)
                } else {
                    await #expect(throws: BundleError.self) { try await install(mirror.url("well"), source, shelf) }
                }
            }
        }
    }

    struct Flood: CustomTestStringConvertible {
        let testDescription: String
        /// A shell makes the file that is sent again and again.
        let line: String
        /// So many bytes may be read; the archive may unpack to a MiB.
        let most: Int64
        var isSizeKnown = false
    }

    private static let floods = [
        Flood(
            testDescription: "with a known length", line: "head -c 100000 /dev/urandom", most: 100_000,
            isSizeKnown: true),
        Flood(testDescription: "unpacking to nothing", line: "gzip -c </dev/null", most: 65 << 20),
        Flood(
            testDescription: "unpacking to too much", line: "head -c 3000000 /dev/urandom >x; tar -c x", most: 65 << 20),
        Flood(testDescription: "no archive", line: "echo nothing", most: 65 << 20),
        Flood(testDescription: "leading out of its folder", line: "tar -cP ../published", most: 65 << 20),
    ]

    @Test(arguments: floods) func `a server without end is cut off`(flood: Flood) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let made = try await Subprocess.run(
                Command(
                    "/bin/sh", ["-euc", "{ \(flood.line); } >tool.tar"], workingDirectory: "\(shelf.top)/published"))
            try #require(made.succeeded, "\(made.errors)")
            let bytes = try Files.read("\(shelf.top)/published/tool.tar")
            var limits = Unpacker.Limits()
            limits.bytes = 1 << 20
            let size = flood.isSizeKnown ? Int64(bytes.count) : nil
            let error = await #expect(throws: BundleError.self) {
                try await install(mirror.url("flood", "tool.tar"), .digest(.of(bytes)), shelf, size: size, limits)
            }
            #expect(error?.isIntegrity == true, "\(String(describing: error))")
            let sent = try await sent(by: mirror)
            #expect(sent <= flood.most + Self.onTheWay, "\(sent)")
            #expect(try shelf.downloads == [])
        }
    }

    /// The server sends so much, and then nothing until the other side goes away.
    @Test(arguments: [
        "tar -cP ../published", "head -c 3000000 /dev/urandom >x; tar -c x", "head -c 3000000 /dev/urandom",
    ])
    func `what the unpacker refuses ends the transfer, though its digest is not known yet`(line: String) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let made = try await Subprocess.run(
                Command("/bin/sh", ["-euc", "{ \(line); } >tool.tar"], workingDirectory: "\(shelf.top)/published"))
            try #require(made.succeeded, "\(made.errors)")
            var limits = Unpacker.Limits()
            limits.bytes = 1 << 20
            let error = await #expect(throws: BundleError.self) {
                try await install(mirror.url("waiting", "tool.tar"), .digest(.of("other".utf8)), shelf, limits)
            }
            switch error {
            case .archive?, .notTheFile?: break
            default: Issue.record("\(String(describing: error))")
            }
        }
    }

    @Test func `a file that stays as it came is held to its length`() async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            let (digest, size) = try await publish(shelf), path = "\(shelf.top)/file"
            let fetch = { (health: String, size: Int64) in
                try await Downloader(policy: .init(attempts: 1, budget: .seconds(60), firstDelay: .milliseconds(1)))
                    .fetchFile(try mirror.url(health).description, digest, size: size, to: path, mode: 0o600) { _ in }
            }
            for (health, size) in [("well", size - 1), ("well", size + 1), ("flood", size)] {
                let error = await #expect(throws: BundleError.self) { try await fetch(health, size) }
                #expect(error?.isIntegrity == true, "\(String(describing: error))")
                #expect(try FileStatus.of(path) == nil)
            }
            #expect(try await sent(by: mirror) <= size + Self.onTheWay)
            try await fetch("well", size)
            #expect(try FileStatus.of(path)?.size == size)
        }
    }

    private func sent(by mirror: FakeMirror) async throws -> Int64 {
        while true {
            let line = try await mirror.requests.last { $0.hasPrefix("sent ") }
            if let line { return try #require(Int64(line.dropFirst(5))) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func publish(_ shelf: Shelf) async throws -> (Digest, Int64) {
        let digest = try await shelf.publish()
        return (digest, try #require(try FileStatus.of("\(shelf.top)/published/tool.tar.gz")).size)
    }

    @discardableResult
    private func install(
        _ url: SourceURL, _ verification: ArchiveSource.Verification, _ shelf: Shelf, size: Int64? = nil,
        _ limits: Unpacker.Limits = .init()
    ) async throws -> InstallRecord {
        let policy = RetryPolicy(attempts: 2, budget: .seconds(60), firstDelay: .milliseconds(10))
        let fetcher = ArchiveFetcher(Downloader(policy: policy), downloads: "\(shelf.top)/downloads")
        var source = ArchiveSource(url, verification)
        source.size = size
        return try await ArchiveInstall(fetcher, source, limits: limits).run(at: "\(shelf.top)/installed") { _ in }
    }
}
