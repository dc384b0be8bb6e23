import Platform
import Synchronization

/// A real web server on loopback that serves a folder and can be told, by the path's first part, to be at fault.
///
/// `/flaky/N/…` answers 503 to the first N requests, `/cut/N/…` breaks off half-way in the first N, `/status/N/…`
/// always answers N, `/moved/…` redirects to the plain path, `/away/PORT/…` to it on another port, `/stall/…` falls silent
/// for a minute half-way.
struct StubServer {
    private static let program = """
        import collections, http.server, os, sys, time
        seen = collections.Counter()
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *what): pass
            def do_GET(self):
                print(*filter(None, ["GET", self.path, self.headers["Authorization"]]), flush=True)
                path = self.path.partition("?")[0]
                seen[path] += 1
                parts = path.split("/")
                count = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 0
                if parts[1] == "status": return self.send_error(count)
                if parts[1] == "flaky" and seen[path] <= count: return self.send_error(503)
                if parts[1] in ("moved", "away"):
                    host = self.headers["Host"] if parts[1] == "moved" else f"127.0.0.1:{parts[2]}"
                    self.send_response(302)
                    self.send_header("Location", f"http://{host}/{parts[-1]}")
                    return self.end_headers()
                if not os.path.exists(os.path.join(sys.argv[1], parts[-1])): return self.send_error(404)
                with open(os.path.join(sys.argv[1], parts[-1]), "rb") as file: content = file.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if parts[1] == "cut" and seen[path] <= count: content = content[:len(content) // 2]
                if parts[1] == "stall":
                    self.wfile.write(content[:len(content) // 2])
                    time.sleep(60)
                self.wfile.write(content)
            def do_CONNECT(self):
                print("CONNECT", self.path, flush=True)
                self.send_response(407)
                self.send_header("Proxy-Authenticate", 'Basic realm="x"')
                self.end_headers()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let lines: Lines

    /// Serves a folder while `body` runs.
    static func with(folder: String, _ body: (StubServer) async throws -> Void) async throws {
        let lines = Lines()
        let child = Task {
            try await Subprocess.run(Command("/usr/bin/python3", ["-c", program, folder])) { line in
                lines.all.withLock { $0.append(line) }
            }
        }
        defer { child.cancel() }
        while lines.all.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(20)) }
        try await body(StubServer(lines: lines))
    }

    /// Its address, without a slash at the end.
    var url: String { "http://127.0.0.1:\(lines.all.withLock { $0.first ?? "" })" }

    /// What was asked for so far: method, path with query, and `Authorization` where it was sent.
    var requests: [String] { lines.all.withLock { Array($0.dropFirst()) } }
}
