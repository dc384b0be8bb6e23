import JSON
import Platform
import Testing

@testable import Hub

@Suite struct ConnectionWatchTests {
    /// Serves with these limits, and gives the port.
    private func serving(_ limits: ConnectionWatch.Limits, _ body: (Int) async throws -> Void) async throws {
        let socket = try ListenSocket.open(ListenAddress("127.0.0.1:0"))
        let port = Int(socket.address.port)
        var all = HTTPServer.Limits()
        all.watch = limits
        let server = try HTTPServer(on: socket, limits: all) { request in
            .json(.integer(Int64(request.body?.count ?? -1)))
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        await server.stop()
        try result.get()
    }

    @Test(arguments: [
        "GET / HTTP/1.1\\r\\nHost: localhost\\r\\nX-Slow: ",
        "POST / HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 900\\r\\n\\r\\n",
    ])
    func `a request of which a byte comes now and then ends, and one after the other goes on`(head: String) async throws
    {
        try await serving(.init(head: .seconds(3), body: .seconds(3))) { port in
            let open = "exec 3<>/dev/tcp/127.0.0.1/\(port)"
            // A write to what the hub has ended fails at the second try: 60 is as good as for ever.
            let slow =
                "\(open); printf '\(head)' >&3; for i in $(seq 60); do printf a >&3 || break; sleep 0.5; done; echo $i"
            let count = try #require(Int(try await Reply.bash("trap '' PIPE; \(slow)").filter(\.isNumber)))
            #expect(count < 60)
            let whole = """
                printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3; read -t 20 -r line <&3; echo "$line"
                while read -t 20 -r line <&3 && [ "$line" != $'\\r' ]; do :; done; read -t 20 -N 1 <&3; sleep 1.5
                """
            let again = try await Reply.bash("\(open); for i in 1 2 3; do \(whole)\ndone")
            #expect(again.byteLines.filter { $0.hasPrefix("HTTP/1.1 200") }.count == 3, "\(again)")
        }
    }

    @Test func `an address has so many connections and no more, and loopback as many as it likes`() async throws {
        let own = try await Reply.bash("ip -4 -o addr show scope global | awk '{print $4}' | cut -d/ -f1 | head -1")
        let address = own.split(separator: "\n").first.map(String.init) ?? ""
        try #require(!address.isEmpty, "this machine has no address but loopback")
        let socket = try ListenSocket.open(ListenAddress("0.0.0.0:0"))
        let port = socket.address.port
        var limits = HTTPServer.Limits()
        limits.watch.perAddress = 5
        let server = try HTTPServer(on: socket, limits: limits) { _ in .json(.bool(true)) }
        let count = { (host: String) in
            """
            trap '' PIPE; n=0; for i in 1 2 3 4 5 6 7 8; do exec {fd}<>/dev/tcp/\(host)/\(port)
            printf 'GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' >&$fd; read -t 20 -r line <&$fd && n=$((n+1)); done; echo $n
            """
        }
        let counted = try await Reply.bash(count(address))
        #expect(counted == "5\n")
        #expect(try await Reply.bash(count("127.0.0.1")) == "8\n")
        // Those that ended make room.
        #expect(try await Reply.bash(count(address)) == "5\n")
        await server.stop()
    }
}
