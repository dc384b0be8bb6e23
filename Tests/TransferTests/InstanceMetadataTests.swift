import Platform
import Support
import Testing
import Transfer

/// The clouds' servers are played by one of ours on loopback, which asks for what their documents ask for.
@Suite struct InstanceMetadataTests {
    @Test(arguments: Cloud.allCases)
    func `a cloud's machine is told its public address, or that it has none, by a server that plays the cloud's`(
        cloud: Cloud
    )
        async throws
    {
        try await CloudServer.with("203.0.113.7") { (port) async throws in
            let address = try await InstanceMetadata(cloud, at: "127.0.0.1:\(port)").publicAddress()
            #expect(address == InternetAddress("203.0.113.7"))
        }
        try await CloudServer.with("") { (port) async throws in
            #expect(try await InstanceMetadata(cloud, at: "127.0.0.1:\(port)").publicAddress() == nil)
        }
        try await CloudServer.with("<html>no address</html>") { (port) async throws in
            #expect(try await InstanceMetadata(cloud, at: "127.0.0.1:\(port)").publicAddress() == nil)
        }
    }

    @Test(arguments: Cloud.allCases) func `a server that refuses, or is not there, is told of`(cloud: Cloud)
        async throws
    {
        try await CloudServer.with("refuse") { (port) async throws in
            await #expect(throws: TransferError.self) {
                try await InstanceMetadata(cloud, at: "127.0.0.1:\(port)").publicAddress()
            }
        }
        await #expect(throws: TransferError.self) {
            try await InstanceMetadata(cloud, at: "127.0.0.1:1").publicAddress()
        }
    }

    @Test func `no other server is asked by plain http`() async {
        await #expect(throws: TransferError.self) {
            try await InstanceMetadata(.hetzner, at: "192.0.2.1").publicAddress()
        }
    }
}

/// Answers at each cloud's address with a text, to who asks as that cloud wants it; 404 for an empty one.
private enum CloudServer {
    static func with(_ text: String, _ body: (Int) async throws -> Void) async throws {
        try await ServerProcess.with(Command(FakeServer.python, ["-u", "-c", program, text]), body)
    }

    private static let program = #"""
        import http.server, sys, threading
        text = sys.argv[1]
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def answer(self, status, body=""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())
            def do_PUT(self):
                ttl = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
                good = self.path == "/latest/api/token" and ttl and 1 <= int(ttl) <= 21600 and text != "refuse"
                self.answer(200 if good else 403, "token==" if good else "")
            def do_GET(self):
                h = self.headers
                token = h.get("X-aws-ec2-metadata-token")
                good = {
                    "/latest/meta-data/public-ipv4": token in (None, "token=="),
                    "/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip":
                        h.get("Metadata-Flavor") == "Google",
                    "/metadata/instance/network/interface/0/ipv4/ipAddress/0/publicIpAddress?api-version=2021-02-01&format=text":
                        h.get("Metadata") == "true",
                    "/metadata/v1/interfaces/public/0/ipv4/address": True,
                    "/hetzner/v1/metadata/public-ipv4": True,
                }.get(self.path, False)
                if not good or text == "refuse": return self.answer(403)
                self.answer(200 if text else 404, text)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        """#
}
