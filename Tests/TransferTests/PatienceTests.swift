import Glibc
import Platform
import Testing

@testable import Transfer

@Suite(.enabled(if: Files.isAccessible(FakeServer.python, X_OK), "needs python3 to serve badly"))
struct PatienceTests {
    private static let quick = RetryPolicy(attempts: 3, budget: .seconds(600), firstDelay: .milliseconds(1))

    @Test(arguments: [
        (408, 2), (425, 2), (429, 2), (500, 2), (502, 2), (503, 2), (504, 2), (507, 2), (520, 2), (400, 1), (401, 1),
        (403, 1), (404, 1), (407, 1), (410, 1), (418, 1), (451, 1), (501, 1), (505, 1),
    ])
    func `the statuses that are tried again are those that may pass`(status: Int, requests: Int) async throws {
        try await FakeServer.with { server, folder async throws in
            let downloader = Downloader(policy: Self.quick)
            let url = try server.url("once/\(status)")
            do {
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
            } catch let error as TransferError {
                #expect(error == .status(url: url.description, status))
            }
            #expect(try await server.requests("once/\(status)").count == requests)
        }
    }

    @Test(arguments: [("seconds", 7...7), ("date", 60...90)])
    func `Retry-After is read in both forms`(form: String, seconds: ClosedRange<Int64>) async throws {
        try await FakeServer.with { server, _ async throws in
            let request = Transfer.Request(url: try server.url("later/\(form)"))
            let answer = await onOwnThread { () throws(Never) in
                Transfer(request, isStopped: { false }, sink: { _, _, _ in true }).run()
            }
            #expect(answer.status == 503)
            #expect(seconds.contains(try #require(answer.retryAfter).components.seconds))
        }
    }

    /// Sixteen bytes in more than three seconds, each within the limit of one.
    @Test func `a slow drip is no stall`() async throws {
        try await FakeServer.with { server, folder async throws in
            let downloader = Downloader(policy: Self.quick, stallLimit: .seconds(1))
            try await downloader.fetch(server.url("drip"), to: "\(folder)/f")
            #expect(try Files.read("\(folder)/f") == [UInt8](repeating: UInt8(ascii: "x"), count: 16))
            #expect(try await server.requests("drip").count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["drip", "halting", "stalling", "status/503"])
    func `a text has a time limit for all its attempts, whatever the server does`(path: String) async throws {
        try await FakeServer.with { server, _ async throws in
            let begin = ContinuousClock.now
            await #expect(throws: TransferError.self) {
                try await Downloader().text(server.url(path), within: .seconds(1))
            }
            // Two seconds and more is what the drip takes; the others would take half a minute.
            #expect(ContinuousClock.now - begin < .seconds(20))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `an error's page without end is not read`() async throws {
        try await FakeServer.with { server, folder async throws in
            let url = try server.url("endless-error")
            await #expect(throws: TransferError.status(url: url.description, 404)) {
                try await Downloader(policy: Self.quick).fetch(url, to: "\(folder)/f")
            }
            await #expect(throws: TransferError.status(url: url.description, 404)) {
                try await Downloader(policy: Self.quick).text(url, limit: 10)
            }
        }
    }
}
