import Platform
import Testing
import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeServer.python, 1), "needs python3 to serve badly"))
struct ResumeTests {
    private let downloader = Downloader(
        policy: RetryPolicy(attempts: 3, budget: .seconds(60), firstDelay: .milliseconds(1)))

    @Test func `a cut body is gone on with where it stopped`() async throws {
        try await FakeServer.with { server, folder async throws in
            try await downloader.fetch(server.url("resumable"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == FakeServer.content)
            #expect(try await server.requests("resumable") == ["- -", "bytes=79999- \"a\""])
        }
    }

    @Test func `a later run goes on with what an earlier one left`() async throws {
        try await FakeServer.with { server, folder async throws in
            let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(60), firstDelay: .zero))
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
            let once = Downloader(policy: RetryPolicy(attempts: 1, budget: .seconds(60), firstDelay: .zero))
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
    @Test(arguments: ["changed", "ignoring", "beyond", "shifted"])
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
}
