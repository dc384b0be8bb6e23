import Glibc
import Platform
import Synchronization
import Testing

@testable import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeServer.python, 1), "needs python3 to serve badly"))
struct DownloaderTests {
    /// Five attempts, next to no wait between them.
    private static let quick = RetryPolicy(attempts: 5, budget: .seconds(600), firstDelay: .milliseconds(1))
    private let downloader = Downloader(policy: quick, stallLimit: .seconds(30))

    @Test func `a file arrives whole and is its owner's alone`() async throws {
        try await FakeServer.with { server, folder async throws in
            let reported = Mutex<[Downloader.Progress]>([])
            try await downloader.fetch(server.url("ok"), to: "\(folder)/f") { note in
                reported.withLock { $0.append(note) }
            }
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try FileStatus.of("\(folder)/f")?.mode == 0o600)
            #expect(reported.withLock { $0.last } == .received(200_000, of: 200_000))
        }
    }

    @Test func `the size of what is at an address is told without fetching it`() async throws {
        try await FakeServer.with { server, folder async throws in
            try Files.replace("\(folder)/f", with: Array("four".utf8), mode: 0o600)
            #expect(await downloader.size(try SourceURL("file://\(folder)/f")) == 4)
            #expect(await downloader.size(try server.url("status/404")) == nil)
            #expect(await downloader.size(try SourceURL("http://127.0.0.1:9/")) == nil)
        }
    }

    @Test func `a small text comes with its tag, and does not come again to who has the one with that tag`()
        async throws
    {
        try await FakeServer.with { server, _ async throws in
            let url = try server.url("tagged")
            let first = try #require(try await downloader.bytes(url, unlessTagged: nil))
            #expect(first.bytes == Array("text".utf8) && first.tag == "\"v1\"")
            #expect(try await downloader.bytes(url, unlessTagged: first.tag)?.bytes == nil)
            #expect(try await downloader.bytes(url, unlessTagged: "\"v0\"")?.bytes == first.bytes)
            // Nobody said what he has: then it is no answer.
            let odd = try server.url("status/304")
            await #expect(throws: TransferError.status(url: odd.description, 304)) {
                _ = try await downloader.bytes(odd, unlessTagged: nil)
            }
        }
    }

    @Test func `an empty file replaces what was there`() async throws {
        try await FakeServer.with { server, folder async throws in
            try Files.replace("\(folder)/f", with: Array("old".utf8), mode: 0o600)
            try await downloader.fetch(server.url("nothing"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f").isEmpty)
        }
    }

    @Test(arguments: [400, 401, 403, 404, 410, 501])
    func `a status that stays is final at once, and its page is no content`(status: Int) async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url("status/\(status)")
            await #expect(throws: TransferError.status(url: url.description, status)) {
                try await downloader.fetch(url, to: "\(folder)/f")
            }
            #expect(try await server.requests("status/\(status)").count == 1)
            #expect(try Files.text("\(folder)/f")?.isEmpty != false)
        }
    }

    @Test(arguments: [408, 429, 500, 502, 503])
    func `a status that may pass is tried as often as the policy says`(status: Int) async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url("status/\(status)")
            let error = await #expect(throws: TransferError.self) {
                try await downloader.fetch(url, to: "\(folder)/f")
            }
            guard case .gaveUp(_, 5, let last, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(last.contains("\(status)"))
            #expect(try await server.requests("status/\(status)").count == 5)
        }
    }

    @Test func `a busy server is asked again until it answers`() async throws {
        try await FakeServer.with { server, folder async throws in
            let retries = Mutex<[Int]>([])
            try await downloader.fetch(server.url("busy"), to: "\(folder)/f") { note in
                if case .retrying(let attempt, of: 5, _) = note { retries.withLock { $0.append(attempt) } }
            }
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(retries.withLock { $0 } == [1, 2])
        }
    }

    @Test func `a server that asks for more patience than there is, is not asked again`() async throws {
        try await FakeServer.with { server, folder async throws in
            let error = await #expect(throws: TransferError.self) {
                try await downloader.fetch(server.url("patience"), to: "\(folder)/f")
            }
            guard case .gaveUp(_, 1, _, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await server.requests("patience").count == 1)
        }
    }

    @Test func `a port without a server is a failed connection, tried again`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/transfer-tests-")
        defer { try? Folders.removeTree(folder) }
        let error = await #expect(throws: TransferError.self) {
            try await downloader.fetch(SourceURL("http://127.0.0.1:1/x"), to: "\(folder)/f")
        }
        guard case .gaveUp(_, 5, _, let hint)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(hint.contains("nothing answers"))
    }

    @Test(arguments: ["gzip", "x-gzip"])
    func `whatever a server calls its encoding, the bytes arrive as it sent them`(word: String) async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("encoded/\(word)"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.encodings("encoded/\(word)") == ["identity"])
        }
    }

    @Test func `a redirect on this host, from plain http to plain http, is followed`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("redirect"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
        }
    }

    @Test(arguments: ["to-file", "away/302?to=http://192.0.2.1/x"])
    func `a redirect to a file, or to plain http on another machine, is not followed`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            let error = await #expect(throws: TransferError.self) {
                try await downloader.fetch(server.url(path), to: "\(folder)/f")
            }
            guard case .refusedRedirect? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await server.requests(String(path.prefix { $0 != "?" })).count == 1)
            #expect(try Files.text("\(folder)/f")?.isEmpty != false)
        }
    }

    @Test func `a transfer that stalls ends`() async throws {
        try await FakeServer.with { server, folder async throws in
            let impatient = Downloader(
                policy: RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero), stallLimit: .seconds(1))
            let error = await #expect(throws: TransferError.self) {
                try await impatient.fetch(server.url("stalling"), to: "\(folder)/f")
            }
            #expect(error?.explanation.problem.contains("no byte came for 1 s") == true)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["stalling", "endless"])
    func `a stopped transfer ends, whatever the server does`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url(path)
            let (bytes, sink) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> TransferError? in
                do throws(TransferError) {
                    try await downloader.fetch(url, to: "\(folder)/f") { _ in sink.yield() }
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in bytes { break }
            task.cancel()
            #expect(await task.value == .cancelled(url: url.description))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a wait between attempts ends when it is stopped`() async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url("patience")
            let patient = Downloader(
                policy: RetryPolicy(attempts: 5, budget: .seconds(100_000), firstDelay: .milliseconds(1)))
            let (notes, sink) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> TransferError? in
                do throws(TransferError) {
                    try await patient.fetch(url, to: "\(folder)/f") { _ in sink.yield() }
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in notes { break }
            task.cancel()
            #expect(await task.value == .cancelled(url: url.description))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["endless", "ok"])
    func `more than the limit is refused and not kept, whether announced or not`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url(path)
            await #expect(throws: TransferError.tooLarge(url: url.description, limit: 150_000)) {
                try await downloader.fetch(url, to: "\(folder)/f", limit: .init(bytes: 150_000))
            }
            #expect(try Folders.names(in: folder) == [])
            #expect(try await server.requests(path).count == 1)
        }
    }

    @Test func `a server on loopback is reached without the proxy`() async {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            try await FakeServer.with { server, folder async throws in
                let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero))
                try await once.fetch(server.url("ok"), to: "\(folder)/f")
            }
        }
    }

    @Test func `a text is read whole, but no more than may be`() async throws {
        try await FakeServer.with { server, _ async throws in
            #expect(try await server.requests("none").isEmpty)
            let url = try server.url("endless")
            await #expect(throws: TransferError.tooLarge(url: url.description, limit: 1000)) {
                try await downloader.text(url, limit: 1000)
            }
        }
    }

    @Test func `a file on this host is copied, a missing one is final`() async throws {
        try await FakeServer.with { _, folder async throws in
            try Files.replace("\(folder)/source", with: Array("x".utf8), mode: 0o644)
            try await downloader.fetch(SourceURL("file://\(folder)/source"), to: "\(folder)/f")
            #expect(try Files.text("\(folder)/f") == "x")
            let error = await #expect(throws: TransferError.self) {
                try await downloader.fetch(SourceURL("file://\(folder)/missing"), to: "\(folder)/g")
            }
            guard case .connection? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
