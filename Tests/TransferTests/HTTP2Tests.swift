import Glibc
import Platform
import Testing
import Transfer

private let nginx = "/usr/sbin/nginx"

@Suite(
    .enabled(if: Files.isAccessible(nginx, X_OK), "needs nginx to speak HTTP/2"),
    .enabled(if: Files.isAccessible(FakeAuthority.openssl, X_OK), "needs openssl to sign"))
struct HTTP2Tests {
    /// nginx may still be starting.
    private static let patient = RetryPolicy(attempts: 50, budget: .seconds(600), firstDelay: .milliseconds(50))

    @Test func `HTTP/2 is spoken, resumed downloads included`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await withNginx(authority, "ssl_protocols TLSv1.3;") { port, folder async throws in
                let downloader = Downloader(tls: authority.settings, policy: Self.patient)
                let url = try SourceURL("https://localhost:\(port)/content")
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                // As a process would leave it that was killed half-way.
                truncate("\(folder)/f", 70_000)
                try await downloader.fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                #expect(try log(folder) == ["HTTP/2.0 200 200000", "HTTP/2.0 206 130001"])
            }
        }
    }

    @Test func `a client certificate is shown to nginx too, and its absence is final`() async throws {
        try await FakeAuthority.with { authority async throws in
            let own = try await authority.certificate("DNS:this-host")
            let setting = "ssl_client_certificate \(authority.file); ssl_verify_client on;"
            try await withNginx(authority, setting) { port, folder async throws in
                let url = try SourceURL("https://localhost:\(port)/content")
                let tls = TLSSettings(extraAuthorities: authority.file, clientCertificate: own)
                try await Downloader(tls: tls, policy: Self.patient).fetch(url, to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                await #expect(throws: TransferError.status(url: url.description, 400)) {
                    try await Downloader(tls: authority.settings, policy: Self.patient).fetch(url, to: "\(folder)/g")
                }
            }
        }
    }

    private func log(_ folder: String) throws -> [String] {
        try Files.text("\(folder)/log")?.split(separator: "\n").map(String.init) ?? []
    }

    private func withNginx(
        _ authority: FakeAuthority, _ settings: String, _ body: (_ port: Int, _ folder: String) async throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/transfer-nginx-")
        defer { try? Folders.removeTree(folder) }
        let port = try freePort(), certificate = try await authority.certificate()
        try Folders.make("\(folder)/published")
        try Files.setMode(folder, 0o755)
        try Files.replace("\(folder)/published/content", with: FakeServer.content, mode: 0o644)
        let user = geteuid() == 0 ? "user root;" : ""
        let text = """
            daemon off; \(user) pid \(folder)/pid; error_log \(folder)/errors; worker_processes 1;
            events { }
            http {
              log_format short "$server_protocol $status $body_bytes_sent";
              access_log \(folder)/log short;
              client_body_temp_path \(folder)/a; proxy_temp_path \(folder)/b; fastcgi_temp_path \(folder)/c;
              uwsgi_temp_path \(folder)/d; scgi_temp_path \(folder)/e;
              server {
                listen 127.0.0.1:\(port) ssl http2; root \(folder)/published; \(settings)
                ssl_certificate \(certificate); ssl_certificate_key \(certificate);
              }
            }
            """
        try Files.replace("\(folder)/nginx.conf", with: Array(text.utf8), mode: 0o644)
        // nginx knows nothing of its parent; the shell ends it when its own input ends.
        let shell = "\(nginx) -e $0/errors -p $0 -c $0/nginx.conf & cat >&2; kill $!; wait $!"
        let child = try Coprocess(Command("/bin/sh", ["-c", shell, folder])) { _ in }
        let result: Result<Void, any Error>
        do { result = .success(try await body(port, folder)) } catch { result = .failure(error) }
        child.closeInput()
        _ = await child.wait(patience: .seconds(10))
        try result.get()
    }

    /// A port that nobody listens on now.
    private func freePort() throws -> Int {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let generic = bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            let bound = bind(number, generic, size)
            return bound == 0 ? getsockname(number, generic, &size) : bound
        }
        try #require(status == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
