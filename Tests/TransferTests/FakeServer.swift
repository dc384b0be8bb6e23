import Platform
import Testing
import Transfer

/// An HTTP server on loopback that goes wrong in the way that a path names; a child process of its own.
struct FakeServer: Sendable {
    static let python = "/usr/bin/python3"

    private let base: String

    /// The address of a path on it.
    func url(_ path: String) throws -> SourceURL { try SourceURL("\(base)/\(path)") }

    /// What it was asked so far on a path: the Range and If-Range headers of each request, `-` for none.
    func requests(_ path: String) async throws -> [String] {
        let text = try await Downloader().text(try url("requests/\(path)"))
        return text.split(separator: "\n").map(String.init)
    }

    /// The whole of what `/ok` and the like serve.
    static let content: [UInt8] = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 251) }

    /// Runs `body` beside a server and with a folder of its own, then ends both.
    static func with(_ body: (FakeServer, _ folder: String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/transfer-tests-")
        defer { try? Folders.removeTree(folder) }
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let child = try Coprocess(Command(python, ["-u", "-c", program])) { sink.yield($0) }
        let result: Result<Void, any Error>
        do {
            var reader = lines.makeAsyncIterator()
            let port = try #require(await reader.next())
            result = .success(try await body(FakeServer(base: "http://127.0.0.1:\(port)"), folder))
        } catch {
            result = .failure(error)
        }
        child.closeInput()
        _ = await child.wait(patience: .seconds(10))
        sink.finish()
        try result.get()
    }

    private static let program = #"""
        import http.server, os, sys, threading, time
        whole = bytes((n * 31 + n // 251) % 256 for n in range(200000))
        seen, lock = {}, threading.Lock()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, status, body=b"", length=None, **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
                self.close_connection = length is not None
            def part(self, tag, start):
                return self.answer(206, whole[start:], ETag=tag, Content_Range=f"bytes {start}-{len(whole) - 1}/{len(whole)}")
            def cut(self, tag=None, at=80000):
                self.answer(200, whole[:at], len(whole), **({"ETag": tag} if tag else {}))
            def do_GET(self):
                mode = self.path[1:]
                if mode.startswith("requests/"):
                    return self.answer(200, "\n".join(seen.get(mode[9:], [])).encode())
                wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
                with lock:
                    seen.setdefault(mode, []).append(f"{wanted or '-'} {condition or '-'}")
                    number = len(seen[mode])
                start = int(wanted[6:].split("-")[0]) if wanted else 0
                getattr(self, mode.partition("/")[0].replace("-", "_"))(number, start, condition)
            def ok(self, *_): self.answer(200, whole)
            def nothing(self, *_): self.answer(200)
            def status(self, number, *_): self.answer(int(self.path.split("/")[2]), b"an error page")
            def busy(self, number, *_):
                self.answer(503, b"an error page") if number < 3 else self.answer(200, whole)
            def patience(self, number, *_):
                self.answer(429, Retry_After="3600") if number == 1 else self.answer(200, whole)
            def resumable(self, number, start, condition):
                self.part('"a"', start) if start and condition == '"a"' else self.cut('"a"')
            def choppy(self, number, start, condition):
                end, total = start + (3 << 19), 8 << 20
                body, left = bytes(min(end, total) - start), total - start
                if not start: return self.answer(200, body, total, ETag='"c"')
                self.answer(206, body, left, ETag='"c"', Content_Range=f"bytes {start}-{total - 1}/{total}")
            def untagged(self, number, *_): self.cut() if number == 1 else self.answer(200, whole)
            def weak(self, number, *_): self.cut('W/"a"') if number == 1 else self.answer(200, whole)
            def changed(self, number, *_): self.cut('"old"') if number == 1 else self.answer(200, whole, ETag='"new"')
            def ignoring(self, number, *_): self.cut('"a"') if number == 1 else self.answer(200, whole, ETag='"a"')
            def beyond(self, number, start, _):
                if number == 1: return self.cut('"a"')
                self.answer(416, b"an error page") if start else self.answer(200, whole)
            def shifted(self, number, start, _):
                if number == 1: return self.cut('"a"')
                self.part('"a"', start + 7) if start else self.answer(200, whole)
            def encoded(self, *_): self.answer(200, whole, Content_Encoding="gzip")
            def redirect(self, *_):
                self.answer(302, Location=f"http://127.0.0.1:{self.server.server_port}/ok")
            def to_file(self, *_): self.answer(302, Location="file:///etc/hostname")
            def stalling(self, *_):
                self.answer(200, whole[:1000], len(whole))
                time.sleep(600)
            def endless(self, *_):
                self.send_response(200)
                self.end_headers()
                while True: self.wfile.write(b"x" * 65536)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port)
        sys.stdin.read()
        os._exit(0)
        """#
}
