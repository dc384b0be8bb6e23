import Platform
import Support
import Testing
import Transfer

/// A web server on loopback over the shelf's published files, in good health or not as the path's first part says.
struct FakeMirror: Sendable {
    static let python = "/usr/bin/python3"

    private let port: Int

    /// `well`: as it should be; `down`: 503; `late`: after a second; `cut`: only half of it the first time; `renewed`: the
    /// same, and then another version; `stuck`: half of it and no more; `endless`: itself, then zeros without end;
    /// `flood`: itself again and again without end, and without a word on its length; what was sent is among the requests;
    /// `waiting`: itself, and then nothing until the client goes away.
    func url(_ health: String, _ file: String = "tool.tar.gz") throws -> SourceURL {
        try SourceURL("http://127.0.0.1:\(port)/\(health)/\(file)")
    }

    /// What was asked for so far, each with its range.
    var requests: [String] {
        get async throws {
            let text = try await Downloader().text(try url("requests"))
            return text.split(separator: "\n").map(String.init)
        }
    }

    static func with(_ body: (FakeMirror, Shelf) async throws -> Void) async throws {
        try await Shelf.with { shelf async throws in
            let serve = Command(python, ["-u", "-c", program, "\(shelf.top)/published"])
            try await ServerProcess.with(serve) { try await body(FakeMirror(port: $0), shelf) }
        }
    }

    private static let program = #"""
        import http.server, os, sys, threading, time
        seen = []
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def answer(self, status, body=b"", length=None, **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                health, _, file = self.path[1:].partition("/")
                if health == "requests": return self.answer(200, "\n".join(seen).encode())
                first = not any(line.startswith(f"{health}/{file} ") for line in seen)
                seen.append(f"{health}/{file} {self.headers.get('Range', 'whole')}")
                if health == "down": return self.answer(503)
                if health == "late": time.sleep(1)
                path = os.path.join(sys.argv[1], file)
                if not os.path.exists(path): return self.answer(404)
                whole = open(path, "rb").read()
                if health == "cut" and first: return self.answer(200, whole[:len(whole) // 2], len(whole), ETag='"e"')
                if health == "renewed" and first: return self.answer(200, whole[:len(whole) // 2], len(whole), ETag='"e"')
                if health == "renewed": return self.answer(200, whole, ETag='"f"')
                if health in ("flood", "waiting"):
                    self.send_response(200)
                    self.end_headers()
                if health == "waiting":
                    self.wfile.write(whole)
                    return self.connection.recv(1)
                if health == "flood":
                    piece, sent = whole * (1 + (1 << 16) // len(whole)), 0
                    try:
                        while True: sent += self.connection.send(piece)
                    except OSError: return seen.append(f"sent {sent}")
                if health in ("stuck", "endless"):
                    self.answer(200, whole[:len(whole) // 2] if health == "stuck" else whole, 1 << 32)
                    if health == "stuck": time.sleep(60)
                    try:
                        while True: self.wfile.write(bytes(1 << 16))
                    except OSError: return seen.append("endless/ went away")
                if not self.headers.get("Range"): return self.answer(200, whole, ETag='"e"')
                start = int(self.headers["Range"][6:].split("-")[0])
                self.answer(206, whole[start:], Content_Range=f"bytes {start}-{len(whole) - 1}/{len(whole)}", ETag='"e"')
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port)
        sys.stdin.read()
        os._exit(0)
        """#
}
