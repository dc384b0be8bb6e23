import Glibc
import Platform
import Testing

@testable import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeServer.python, 1), "needs python3 to serve badly"))
struct ResumeTests {
    private let downloader = Downloader(
        policy: RetryPolicy(attempts: 3, budget: .seconds(600), firstDelay: .milliseconds(1)))

    @Test func `a cut body is gone on with where it stopped`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("resumable"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("resumable") == ["- -", "bytes=79999- \"a\""])
        }
    }

    @Test func `a later run goes on with what an earlier one left`() async throws {
        try await FakeServer.with { server, folder async throws in
            let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero))
            let url = try server.url("resumable")
            await #expect(throws: TransferError.self) { try await once.fetch(url, to: "\(folder)/f") }
            #expect(try FileStatus.of("\(folder)/f")?.size == 80000)
            try await once.fetch(url, to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("resumable").count == 2)
        }
    }

    @Test func `a file that is whole already is not fetched again`() async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url("resumable")
            try await downloader.fetch(url, to: "\(folder)/f")
            try await downloader.fetch(url, to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("resumable").last == "bytes=199999- \"a\"")
        }
    }

    @Test func `a link that is cut more often than the policy allows ends well while the file grows`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("choppy"), to: "\(folder)/f")
            #expect(try FileStatus.of("\(folder)/f")?.size == 8 << 20)
            #expect(try await server.requests("choppy").count == 6)
        }
    }

    @Test func `what came from another address is not gone on with`() async throws {
        try await FakeServer.with { server, folder async throws in
            let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero))
            await #expect(throws: TransferError.self) {
                try await once.fetch(server.url("resumable/other"), to: "\(folder)/f")
            }
            try await downloader.fetch(server.url("ok"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("ok") == ["- -"])
        }
    }

    @Test(arguments: ["untagged", "weak"])
    func `without a strong version the next attempt begins anew`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url(path), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests(path) == ["- -", "- -"])
        }
    }

    /// The server has another version now, ignores ranges, has no more, or sends another part than it was asked for.
    @Test(arguments: ["changed", "ignoring", "beyond", "shifted", "wrong-total"])
    func `a server that cannot go on in the middle gives the whole`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url(path), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests(path).first == "- -")
            #expect(try await server.requests(path).dropFirst().first?.hasPrefix("bytes=79999- ") == true)
        }
    }

    @Test func `a damaged note of the origin costs a new start and no more`() async throws {
        try await FakeServer.with { server, folder async throws in
            for note in ["", "x", "\n\n\n", String(repeating: "x", count: 100_000)] {
                try Files.replace("\(folder)/f", with: Array("left".utf8), mode: 0o600)
                try Files.replace("\(folder)/f.origin", with: Array(note.utf8), mode: 0o600)
                try await downloader.fetch(server.url("ok"), to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
            }
        }
    }

    /// A child fetches until bytes have come and is then killed as hard as can be.
    @Test func `what a killed process left is gone on with`() async throws {
        try await FakeServer.with { server, folder async throws in
            let address = try server.url("halting").text
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [address = address as String, folder = folder as String] in
                try await Downloader().fetch(SourceURL(address), to: "\(folder)/f") { note in
                    if case .received(80000, _) = note { kill(getpid(), SIGKILL) }
                }
            }
            #expect(try FileStatus.of("\(folder)/f")?.size == 80000)
            try await downloader.fetch(server.url("halting"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("halting") == ["- -", "bytes=79999- \"h\""])
        }
    }

    @Test func `an error in between loses nothing of what is there`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("busy-midway"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            let tail = "bytes=79999- \"a\""
            #expect(try await server.requests("busy-midway") == ["- -", tail, tail])
        }
    }

    @Test func `what is kept beside a partial file holds no query`() async throws {
        try await FakeServer.with { server, folder async throws in
            let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero))
            let url = try server.url("resumable?signature=QUERY")
            await #expect(throws: TransferError.self) { try await once.fetch(url, to: "\(folder)/f") }
            let note = try #require(try Files.text("\(folder)/f.origin"))
            #expect(!note.contains("QUERY") && !note.contains("127.0.0.1"))
            try await once.fetch(url, to: "\(folder)/f")
            #expect(try await server.requests("resumable").last == "bytes=79999- \"a\"")
        }
    }

    @Test(arguments: ["shorter", "uneven"])
    func `a body that ends before its end is never taken for whole`(path: String) async throws {
        try await FakeServer.with { server, folder async throws in
            let error = await #expect(throws: TransferError.self) {
                try await downloader.fetch(server.url(path), to: "\(folder)/f")
            }
            guard case .gaveUp(_, 3, _, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `of a body longer than announced no byte more is taken`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("longer"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == Array(FakeServer.content.prefix(1000)))
        }
    }
}
