import Platform
import Support
import Synchronization
import Testing

@testable import Hub

/// What strangers, hosts, watchers and uploads can make a hub spend.
@Suite(.postgreSQL) struct CostTests {
    @Test(arguments: TestDatabase.available)
    func `a host that reports without end is refused by its head, and no other host is`(database: TestDatabase)
        async throws
    {
        var limits = HubServer.Limits()
        limits.reports = .init(reports: 1000, bytes: 300_000, reportsPerSecond: 50, bytesPerSecond: 1)
        try await LiveHub.with(database, limits: limits) { hub in
            let (loud, quiet) = (try hub.host("h1"), try hub.host("h2"))
            let long = String(repeating: "x", count: 90_000)
            for number in 1...3 {
                let text = report(sequence: number, events: #"[{"event": "e", "message": "\#(long)"}]"#)
                #expect(try await hub.post(text, host: "h1", token: loud).status == 200)
            }
            let text = report(sequence: 4, events: #"[{"event": "e", "message": "\#(long)"}]"#)
            let refused = try await hub.post(text, host: "h1", token: loud, "-H", "Expect:")
            #expect(refused.status == 429)
            #expect(refused.errorCode == "too_much")
            #expect(refused.headers["retry-after"].flatMap { Int($0) } ?? 0 > 60)
            // Of what is not said to be short, the most counts.
            let chunked = try await hub.post(
                report(sequence: 5), host: "h1", token: loud, "-H", "Transfer-Encoding: chunked")
            #expect(chunked.status == 429)
            #expect(try await hub.post(report(sequence: 6), host: "h1", token: loud).status == 200)
            #expect(try await hub.post(report(host: "h2"), host: "h2", token: quiet).status == 200)
        }
    }

    @Test func `what a host used is forgotten at a steady rate`() {
        let rateLimit = ReportRateLimit(.init(reports: 10, bytes: 1000, reportsPerSecond: 2, bytesPerSecond: 100))
        let begin = ContinuousClock.now
        for _ in 1...10 { #expect(rateLimit.wait(for: "h", bytes: 50, at: begin) == nil) }
        #expect(rateLimit.wait(for: "h", bytes: 50, at: begin) == .seconds(0.5))
        #expect(rateLimit.wait(for: "h", bytes: 50, at: begin + .seconds(0.5)) == nil)
        #expect(rateLimit.wait(for: "h", bytes: 900, at: begin + .seconds(1.5)) == .seconds(3))
        #expect(rateLimit.wait(for: "h", bytes: 900, at: begin + .seconds(4.5)) == nil)
        #expect(rateLimit.wait(for: "other", bytes: 1000, at: begin) == nil)
        #expect(rateLimit.wait(for: "other", bytes: 1, at: begin + .seconds(1000)) == nil)
    }

    @Test func `who shows one wrong token after the other is answered slowly, once told, and holds up nobody`()
        async throws
    {
        let warnings = Mutex<[String]>([])
        try await LiveHub.with(onWarning: { words in warnings.withLock { $0.append(words) } }) { hub in
            let token = try hub.host("h1")
            let wrong = String(token.dropLast()) + (token.hasSuffix("0") ? "1" : "0")
            for _ in 1...5 { #expect(try await hub.post(report(), host: "h1", token: wrong).status == 401) }
            #expect(warnings.withLock { $0 } == [])
            let began = ContinuousClock.now
            async let slow = hub.post(report(), host: "h1", token: wrong)
            async let more = hub.get("/api/v1/hosts/h1/status", "-X", "POST", "-H", "Authorization: Bearer \(wrong)")
            #expect(try await slow.status == 401)
            #expect(try await more.status == 401)
            #expect(ContinuousClock.now - began >= .seconds(1))
            #expect(try await hub.post(report(), host: "h1", token: token).status == 200)
            #expect(try await hub.post(report(), host: "h1", token: nil).status == 401)
            #expect(
                warnings.withLock { $0 } == [
                    "127.0.0.1 shows one wrong token after the other: its requests are answered slowly"
                ])
        }
    }

    @Test func `each address is counted by itself, for a minute`() {
        let told = Mutex<[String]>([])
        let failed = FailedTokens { words in told.withLock { $0.append(words) } }
        let begin = ContinuousClock.now
        let (one, other) = (PeerAddress("10.0.0.5"), PeerAddress("10.0.0.6"))
        for _ in 1...5 { #expect(failed.count(one, at: begin) == .zero) }
        for _ in 1...9 { #expect(failed.count(one, at: begin) == .seconds(1)) }
        for last in 1...6 { _ = failed.count(PeerAddress("2001:db8:0:7::\(last)"), at: begin) }
        #expect(failed.count(other, at: begin) == .zero)
        #expect(failed.count(one, at: begin + .seconds(61)) == .zero)
        #expect(told.withLock { $0.map { $0.split(separator: " ")[0] } } == ["10.0.0.5", "2001:db8:0:7::6"])
    }

    @Test func `so many watch and no more, and who goes makes room`() async throws {
        var limits = HubServer.Limits()
        limits.watchers = 2
        try await LiveHub.with(limits: limits) { hub in
            _ = try hub.host("h1")
            let watch = { (path: String) in Task { try await hub.get(path, "-N", "--max-time", "300") } }
            let first = watch("/api/v1/events"), second = watch("/api/v1/hosts/h1/events")
            let third = { try await hub.get("/api/v1/events", "-N", "--max-time", "0.5") }
            let refused = try await Self.awaited(third) { $0.status == 503 }
            #expect(refused.status == 503)
            #expect(refused.errorCode == "too_many_watch")
            #expect(try await hub.get("/api/v1/hosts/h1/events", "--max-time", "5").status == 503)
            #expect(try await hub.get("/api/v1/hosts").status == 200)
            first.cancel()
            // The one that is gone is noticed with the next thing that it is told.
            let token = try hub.host("n")
            let again = try await Self.awaited({
                _ = try await hub.post(report(host: "n"), host: "n", token: token)
                return try await third()
            }) { $0.status == 200 }
            #expect(again.status == 200)
            second.cancel()
            _ = try? await (first.value, second.value)
        }
    }

    @Test func `uploads under way leave no room for more than they may come to together, and one always has room`() {
        let room = UploadQuota(100)
        #expect(room.take(150))
        #expect(!room.take(1))
        room.free(150)
        #expect(room.take(60))
        #expect(!room.take(41))
        #expect(room.take(40))
        room.free(60)
        #expect(room.take(60))
    }

    @Test func `an upload beside others that fill the room is told to come again, and taken once they are over`()
        async throws
    {
        var limits = HubServer.Limits()
        limits.uploads = 1 << 20
        try await LiveHub.with(limits: limits) { hub in
            let port = hub.url.split(separator: ":").last ?? ""
            // Announces 900 kB, sends a piece, and waits to be told to go.
            let line = """
                exec 3<>/dev/tcp/127.0.0.1/\(port)
                printf 'POST /api/v1/delta/upload HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 900000\\r\\nContent-Type: multipart/form-data; boundary=bound\\r\\n\\r\\n' >&3
                printf -- '--bound\\r\\nContent-Disposition: form-data; name="bundle"; filename="b"\\r\\n\\r\\n%05000d' 1 >&3
                while [ ! -e \(hub.folder)/go ]; do sleep 0.05; done
                """
            async let other = Subprocess.run(Command("/usr/bin/bash", ["-c", line]), timeout: .seconds(300))
            let uploads = "\(hub.folder)/data/workspaces/.delta"
            for _ in 0..<600 where try !(Folders.names(in: uploads).contains { $0.hasPrefix("upload-") }) {
                try await Task.sleep(for: .milliseconds(100))
            }
            let path = try hub.file("bundle", [UInt8](repeating: 7, count: 300_000))
            let upload = {
                try await hub.get("/api/v1/delta/upload", "-F", "workspace_path=w", "-F", "bundle=@\(path)")
            }
            let refused = try await upload()
            #expect(refused.status == 503)
            #expect(refused.errorCode == "BUSY")
            #expect(refused.headers["retry-after"] == "5")
            try Files.replace("\(hub.folder)/go", with: [], mode: 0o644)
            _ = try await other
            #expect(try await Self.awaited(upload) { $0.status != 503 }.status != 503)
        }
    }

    /// Asks until the answer is the one that is to come, or a minute is over.
    private static func awaited(
        _ ask: () async throws -> Reply, until isRight: (Reply) -> Bool
    ) async throws -> Reply {
        var reply = try await ask()
        for _ in 0..<600 where !isRight(reply) {
            try await Task.sleep(for: .milliseconds(100))
            reply = try await ask()
        }
        return reply
    }
}
