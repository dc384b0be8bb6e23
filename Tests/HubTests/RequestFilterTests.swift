import Testing

@testable import Hub

@Suite struct RequestFilterTests {
    private let gate = RequestFilter(names: ["hub.example.org"], isSecure: false)

    private func status(_ method: String, _ headers: [String: String], repeated: Set<String> = []) -> Int? {
        gate.refusal(method, ["api", "v1", "hosts"], headers, repeated: repeated)?.status
    }

    @Test(arguments: [
        "localhost:8002", "127.0.0.1:8002", "[::1]:8002", "10.0.0.7", "hub.example.org", "HUB.Example.org:443",
        "hub.example.org.", "a.localhost",
    ])
    func `a hub answers to addresses, to loopback names and to its own`(host: String) {
        #expect(status("GET", ["host": host]) == nil)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8002", "127.0.0.1.evil.example", "hub.example.org.evil.example", "",
    ])
    func `a name of somebody else's is not answered, where no certificate was checked for it`(host: String) {
        #expect(status("GET", ["host": host]) == 421)
        #expect(RequestFilter(names: [], isSecure: true).refusal("GET", [], ["host": host], repeated: []) == nil)
        // A proxy was asked for its own name; what it passes on is not this machine's.
        #expect(status("GET", ["host": host, "x-forwarded-for": "192.0.2.1"]) == nil)
    }

    @Test(arguments: [
        ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"], ["origin": "http://evil.example"],
        ["origin": "null"], ["origin": "http://localhost:9"], ["origin": "http://localhost:8002.evil.example"],
    ])
    func `a page of another origin writes nothing, and may be linked from`(headers: [String: String]) {
        let all = headers.merging(["host": "localhost:8002"]) { $1 }
        #expect(status("POST", all) == 403)
        #expect(status("GET", all) == nil)
    }

    @Test(arguments: [
        [:], ["sec-fetch-site": "same-origin", "origin": "http://localhost:8002"], ["sec-fetch-site": "none"],
        ["origin": "https://localhost:8002"],
    ])
    func `the hub's own page and programs write`(headers: [String: String]) {
        #expect(status("POST", headers.merging(["host": "localhost:8002"]) { $1 }) == nil)
    }

    private static let ambiguous: [([String: String], Set<String>)] = [
        (["host": "localhost"], ["host"]), (["host": "localhost", "content-length": "3"], ["content-length"]),
        (["host": "localhost", "content-length": "3", "transfer-encoding": "chunked"], []),
        (["host": "localhost", "content-length": "+3"], []), (["host": "localhost", "content-length": "3, 3"], []),
        (["host": "localhost", "authorization": "Bearer a"], ["authorization"]),
    ]

    @Test(arguments: ambiguous)
    func `a request of which two readers could see different ends is refused`(
        headers: [String: String], repeated: Set<String>
    ) {
        #expect(status("POST", headers, repeated: repeated) == 400)
    }

    private static let attacks: [(String, [String], String)] = [
        ("POST /api/v1/hosts/h/status", ["Host: 127.0.0.1", "Content-Length: 2", "Content-Length: 3"], "400"),
        ("POST /api/v1/hosts/h/status", ["Host: 127.0.0.1", "Content-Length: 2", "Transfer-Encoding: chunked"], "400"),
        (
            "POST /api/v1/hosts/h/status", ["Host: 127.0.0.1", "Authorization: Bearer x", "Content-Length: 500000"],
            "401"
        ),
        ("GET /health", ["Host: 127.0.0.1", "Host: evil.example"], "400"),
        ("GET /health", ["Host: evil.example"], "421"),
        ("POST /api/v1/delta/upload", ["Host: 127.0.0.1", "Origin: http://evil.example", "Content-Length: 5"], "403"),
    ]

    @Test(arguments: attacks)
    func `what is refused is refused on the wire, before the body has come, and the connection ends`(
        line: String, headers: [String], status: String
    ) async throws {
        try await LiveHub.with { hub in
            let port = hub.url.split(separator: ":").last.map(String.init) ?? ""
            let head = (["\(line) HTTP/1.1"] + headers).map { "\($0)\\r\\n" }.joined() + "\\r\\n"
            // Bash's own sockets: what is sent is what stands here. The answer ends where the hub closes.
            let script = "exec 3<>/dev/tcp/127.0.0.1/\(port); printf '\(head)' >&3; timeout 20 cat <&3"
            let result = try await Reply.bash(script)
            #expect(result.hasPrefix("HTTP/1.1 \(status) "), "\(result)")
            #expect(result.contains("Connection: close"))
        }
    }

    @Test func `behind a proxy nobody counts as this machine`() async throws {
        try await LiveHub.with { hub in
            let reply = try await hub.get(
                "/api/v1/delta/upload", "-H", "X-Forwarded-For: 192.0.2.1", "-F", "workspace_path=/w", "-F",
                "bundle=@/etc/hostname")
            #expect(reply.status == 403 && reply.body.contains("from this machine only"), "\(reply.body)")
        }
    }
}
