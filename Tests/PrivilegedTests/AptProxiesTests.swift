import Glibc
import Platform
import JSON
@testable import Privileged
import Testing

@Suite struct AptProxiesTests {
    private static func variables(_ environment: [String: String]) throws -> [String: String] {
        try AptProxies(ProxyEnvironment { environment[$0] }).variables()
    }

    @Test func `apt gets what curl would take, in the variables that it reads`() throws {
        #expect(try Self.variables([:]) == [:])
        #expect(
            try Self.variables(["http_proxy": "p:3128", "NO_PROXY": "a, .b 10.0.0.0/8 $(x)"])
                == [
                    "http_proxy": "http://p:3128", "https_proxy": "",
                    "no_proxy": "a,.b,10.0.0.0/8,b,localhost,127.0.0.1",
                ])
        #expect(
            try Self.variables(["all_proxy": "http://u:p%40w@p:3128", "HTTPS_PROXY": "http://q"])
                == [
                    "http_proxy": "http://u:p%40w@p:3128", "https_proxy": "http://q:1080",
                    "no_proxy": "localhost,127.0.0.1",
                ])
        #expect(try Self.variables(["http_proxy": "p:3128", "no_proxy": "*"]) == [:])
        #expect(try Self.variables(["no_proxy": "a"]) == [:])
        #expect(try Self.variables(["all_proxy": "socks5://p:1"])["http_proxy"] == "socks5h://p:1")
        #expect(try Self.variables(["all_proxy": "socks4a://p:1"]) == [:])
        // Preflight tells of such a one.
        #expect(try Self.variables(["http_proxy": "http://u:p@w@p"]) == [:])
    }

    @Test(arguments: [
        #"{"http": "http://u:p@w@p:1"}"#, #"{"https": "http://p:1\nx"}"#, #"{"http": "ftp://p:1"}"#, #"{"http": ""}"#,
        #"{"exceptions": "a\nLD_PRELOAD=x"}"#, #"{"exceptions": "$(x)"}"#, #"{"exceptions": "ä"}"#,
    ])
    func `root refuses what names no proxy, whoever sent it`(json: String) throws {
        let told = try AptProxies(json: Array(json.utf8))
        #expect(throws: PrivilegedError.self) { try told.variables() }
    }

    @Test func `a list of exceptions as long as a variable can be is no obstacle`() throws {
        let list = (0..<9_000).map { "host-\($0)" }.joined(separator: ",")
        let variables = try Self.variables(["http_proxy": "p:3128", "no_proxy": list])
        #expect(variables["no_proxy"]?.hasPrefix(list) == true)
    }

    @Test func `nothing shows what is in it`() {
        let proxies = AptProxies(ProxyEnvironment { $0 == "http_proxy" ? "http://u:canary@p" : nil })
        #expect(!"\(proxies) \(String(reflecting: proxies)) \(AgentLine.proxies(proxies))".contains("canary"))
    }

    /// In a mount namespace of its own, where apt has one source, which only the proxy could reach.
    @Test(.enabled(if: geteuid() == 0 && Files.isAccessible("/usr/bin/apt-get", X_OK), "needs root and apt"))
    func `the real apt asks through the proxy, and no password is in what it says`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/apt-proxy-")
        defer { try? Folders.removeTree(folder) }
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let proxy = try Coprocess(Command("/usr/bin/python3", ["-u", "-c", Self.refusingProxy])) { sink.yield($0) }
        var asked = lines.makeAsyncIterator()
        let port = try #require(await asked.next())
        let script = """
            mkdir -p "$0/apt/trusted.gpg.d"; echo 'deb [trusted=yes] http://deb.example/x y main' >"$0/apt/sources.list"
            mount --bind "$0/apt" /etc/apt && mount -t tmpfs none /var/lib/apt/lists && exec "$@"
            """
        let environment = ["http_proxy": "http://corp:can%40ary@127.0.0.1:\(port)"]
        let helper = PrivilegedHelper(
            executable: "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap",
            sudo: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, folder],
            proxies: AptProxies(ProxyEnvironment { environment[$0] }))
        let (told, progress) = AsyncStream.makeStream(of: String.self)
        let result = try await helper.updatePackageLists(lockTimeoutSeconds: 10) { progress.yield($0) }
        await helper.close()
        progress.finish()
        #expect(result.exitCode == 100)
        #expect(await asked.next() == "http://deb.example/x/dists/y/InRelease corp:can@ary")
        let all = await told.reduce(into: result.output + result.errors) { $0 += "\($1)\n" }
        #expect(all.contains("407") && !all.contains("can@ary") && !all.contains("can%40ary"), "\(all)")
        proxy.closeInput()
        _ = await proxy.wait(patience: .seconds(10))
    }

    private static let refusingProxy = """
        import base64, http.server, os, sys, threading
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def do_GET(self):
                print(self.path, base64.b64decode(self.headers.get("Proxy-Authorization", " ").split(" ")[1]).decode())
                self.send_error(407)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port)
        sys.stdin.read()
        os._exit(0)
        """
}
