import JSON
import Platform
import Testing

@testable import Hub

/// What strangers find where the hub speaks TLS itself.
@Suite struct TLSFrontTests {
    @Test(arguments: [
        ("-tls1_3", true), ("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", true),
        ("-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305", true),
        // Without forward secrecy, without AEAD, without a certificate, without a cipher, too old.
        ("-tls1_2 -cipher AES128-GCM-SHA256", false), ("-tls1_2 -cipher ECDHE-RSA-AES128-SHA256", false),
        ("-tls1_2 -cipher AES128-SHA", false), ("-tls1_2 -cipher ADH:AECDH:@SECLEVEL=0", false),
        ("-tls1_2 -cipher NULL:@SECLEVEL=0", false), ("-tls1_1 -cipher ALL:@SECLEVEL=0", false),
    ])
    func `it speaks TLS 1.3, and of 1.2 what has forward secrecy and authenticated encryption`(
        options: String, isTaken: Bool
    ) async throws {
        try await LiveHub.with(hasTLS: true) { hub in
            let place = hub.url.split(separator: "/").last.map(String.init) ?? ""
            let line = """
                printf 'GET /health HTTP/1.1\\r\\nHost: hub\\r\\nConnection: close\\r\\n\\r\\n' |
                    timeout 20 openssl s_client -quiet -CAfile \(hub.folder)/cert.pem -verify_return_error \
                    -connect \(place) \(options) 2>&1
                """
            let result = try await Reply.bash(line)
            #expect(result.contains("HTTP/1.1 200") == isTaken, "\(options): \(result)")
        }
    }

    @Test func `an address that only connects has so many connections and no more, and they end`() async throws {
        let own = try await Reply.bash("ip -4 -o addr show scope global | awk '{print $4}' | cut -d/ -f1 | head -1")
        let address = own.split(separator: "\n").first.map(String.init) ?? ""
        try #require(!address.isEmpty, "this machine has no address but loopback")
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-tls-")
        defer { try? Folders.removeTree(folder) }
        let tls = try await TestCertificate.make(in: folder)
        let socket = try ListenSocket.open(ListenAddress("0.0.0.0:0")), port = socket.address.port
        var limits = HTTPServer.Limits()
        limits.watch.perAddress = 5
        let server = try HTTPServer(on: socket, tls: tls, limits: limits) { _ in .json(.bool(true)) }
        // No byte of a handshake is sent: what is not taken ends at once, what is taken after ten seconds.
        let count = { (host: String) in
            """
            n=0; for i in 1 2 3 4 5 6 7 8; do exec {fd}<>/dev/tcp/\(host)/\(port); fds="$fds $fd"; done
            sleep 2; for fd in $fds; do read -t 0.2 -r line <&$fd; [ $? -gt 128 ] && n=$((n+1)); done; echo $n
            for fd in $fds; do timeout 30 cat <&$fd; done; echo over
            """
        }
        #expect(try await Reply.bash(count(address)) == "5\nover\n")
        #expect(try await Reply.bash(count("127.0.0.1")) == "8\nover\n")
        #expect(try await Reply.bash(count(address)) == "5\nover\n")
        await server.stop()
    }

    @Test func `one address never has more than half of all, however few there are`() {
        let load = TLSFront.Load(most: 10, perAddress: 256)
        let (here, there): ([UInt8], [UInt8]) = ([192, 0, 2, 1], [192, 0, 2, 2])
        #expect((1...20).count { _ in load.enter(here) } == 5)
        #expect((1...20).count { _ in load.enter(there) } == 5)
        #expect(!load.enter([]) && load.current == 10)
        load.leave(here)
        #expect(!load.enter(there) && load.enter([]) && !load.enter(here))
        load.leave([])
        #expect(load.enter(here))
    }
}
