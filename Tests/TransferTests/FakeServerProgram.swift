/// What goes wrong on which path.
extension FakeServer {
    static let program = #"""
        import base64, email.utils, http.server, os, socket, ssl, sys, threading, time
        whole = bytes((n * 31 + n // 251) % 256 for n in range(200000))
        seen, secrets, encodings, lock = {}, {}, {}, threading.Lock()
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
                mode = self.path[1:].partition("?")[0]
                for word, table in (("requests/", seen), ("secrets/", secrets), ("encodings/", encodings)):
                    if mode.startswith(word):
                        return self.answer(200, "\n".join(table.get(mode[len(word):], [])).encode())
                wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
                with lock:
                    seen.setdefault(mode, []).append(f"{wanted or '-'} {condition or '-'}")
                    sent = [self.headers.get(name, "-") for name in ("Authorization", "Private-Token")]
                    encodings.setdefault(mode, []).append(self.headers.get("Accept-Encoding", "-"))
                    secrets.setdefault(mode, []).append(" | ".join(sent))
                    number = len(seen[mode])
                start = int(wanted[6:].split("-")[0]) if wanted else 0
                getattr(self, mode.partition("/")[0].replace("-", "_"))(number, start, condition)
            def ok(self, *_): self.answer(200, whole)
            def nothing(self, *_): self.answer(200)
            def tagged(self, *_):
                had = self.headers.get("If-None-Match")
                self.answer(304, ETag='"v1"') if had == '"v1"' else self.answer(200, b"text", ETag='"v1"')
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
            def encoded(self, *_): self.answer(200, whole, Content_Encoding=self.path.split("/")[2].partition("?")[0])
            def page(self, *_):
                self.answer(200, b"<!DOCTYPE html>\n<title>Log in</title>" + b"." * 57, Content_Type="text/html")
            def pointer(self, *_):
                self.answer(200, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", Content_Type="text/plain")
            def gzipped(self, *_):
                with open(self.path.partition("?")[0][len("/gzipped"):], "rb") as file: body = file.read()
                self.answer(200, body, Content_Encoding="x-gzip", Content_Type="application/x-gzip")
            def accepted(self, *_): self.answer(202)
            def redirect(self, *_):
                self.answer(302, Location=f"http://127.0.0.1:{self.server.server_port}/ok")
            def away(self, *_):
                self.answer(int(self.path.split("/")[2].partition("?")[0]), b"moved", Location=self.path.partition("?to=")[2])
            def hops(self, *_):
                left = int(self.path.split("/")[2])
                self.answer(302, Location=f"/hops/{left - 1}") if left else self.answer(200, whole)
            def later(self, *_):
                date = email.utils.formatdate(time.time() + 90, usegmt=True)
                self.answer(503, Retry_After="7" if self.path.endswith("seconds") else date)
            def once(self, number, *_):
                self.answer(int(self.path.split("/")[2]), b"an error page") if number == 1 else self.answer(200, whole)
            def busy_midway(self, number, start, condition):
                if number == 1: return self.cut('"a"')
                self.answer(503, b"an error page") if number == 2 else self.part('"a"', start)
            def shorter(self, *_): self.answer(200, whole[:1000], len(whole))
            def longer(self, *_): self.answer(200, whole, 1000)
            def uneven(self, *_):
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"3e8\r\n" + whole[:1000] + b"\r\n1000\r\n" + whole[:10])
                self.close_connection = True
            def wrong_total(self, number, start, _):
                if number == 1: return self.cut('"a"')
                if not start: return self.answer(200, whole)
                end = len(whole) - 1
                self.answer(206, whole[start:], ETag='"a"', Content_Range=f"bytes {start}-{end}/{len(whole) + 5}")
            def halting(self, number, start, condition):
                if start and condition == '"h"': return self.answer(206, whole[start:], ETag='"h"', Content_Range=f"bytes {start}-{len(whole) - 1}/{len(whole)}")
                self.answer(200, whole[:80000], len(whole), ETag='"h"')
                time.sleep(600)
            def drip(self, *_):
                self.send_response(200)
                self.send_header("Content-Length", "16")
                self.end_headers()
                for _ in range(16):
                    self.wfile.write(b"x")
                    time.sleep(0.2)
            def do_CONNECT(self):
                shown = self.headers.get("Proxy-Authorization", "-")
                with lock: seen.setdefault("CONNECT", []).append(self.path + " " + shown)
                user = base64.b64decode(shown.partition(" ")[2]).decode()
                if user.startswith("refused:"):
                    time.sleep(0.2)
                    return self.answer(407, b"not you", Proxy_Authenticate='Basic realm="x"')
                if user.startswith("forbidden:"): return self.answer(403, b"not there")
                # Whatever the name, the server is on this machine.
                there = socket.create_connection(("127.0.0.1", int(self.path.rpartition(":")[2])))
                self.send_response(200)
                self.end_headers()
                def pump(source, target):
                    try:
                        while piece := source.recv(65536): target.sendall(piece)
                        target.shutdown(socket.SHUT_WR)
                    except OSError: pass
                threading.Thread(target=pump, args=(there, self.connection), daemon=True).start()
                pump(self.connection, there)
                self.close_connection = True
            def deafen(self, *_):
                deaf = socket.socket(socket.AF_INET6)
                deaf.bind(("::1", self.server.server_port))
                deaf.listen(0)
                # Once its queue is full, no further connection gets an answer.
                self.server.deaf = [deaf] + [socket.socket(socket.AF_INET6) for _ in range(4)]
                for caller in self.server.deaf[1:]:
                    caller.setblocking(False)
                    caller.connect_ex(("::1", self.server.server_port))
                time.sleep(0.1)
                with socket.socket(socket.AF_INET6) as probe:
                    probe.settimeout(0.5)
                    self.answer(200 if probe.connect_ex(("::1", self.server.server_port)) else 404)
            def file(self, *_):
                with open(self.path[5:], "rb") as content: self.answer(200, content.read())
            def to_file(self, *_): self.answer(302, Location="file:///etc/hostname")
            def stalling(self, *_):
                self.answer(200, whole[:1000], len(whole))
                time.sleep(600)
            def begun(self, *_):
                self.answer(200, bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), 1 << 30)
                time.sleep(600)
            def endless_error(self, *_): self.endless(status=404)
            def endless(self, *_, status=200):
                self.send_response(status)
                self.end_headers()
                while True: self.wfile.write(b"x" * 65536)
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 50
            def handle_error(self, *_): pass
            def finish_request(self, request, address):
                if not context: return super().finish_request(request, address)
                with context.wrap_socket(request, server_side=True) as request: super().finish_request(request, address)
        context = None
        if sys.argv[1:]:
            certificate, authority, newest = sys.argv[1:]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if newest:
                # Debian's OpenSSL would not speak anything that old otherwise.
                context.set_ciphers("DEFAULT:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion[newest]
            context.load_cert_chain(certificate)
            if authority:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(authority)
        server = Server(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port)
        sys.stdin.read()
        os._exit(0)
        """#
}
