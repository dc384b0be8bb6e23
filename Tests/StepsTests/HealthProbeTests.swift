import HostConfig
import Platform
@testable import Steps
import Support
import Testing
import Transfer

@Suite(.enabled(if: Files.isAccessible("/usr/bin/openssl", 1), "needs openssl to serve and sign"))
struct HealthProbeTests {
    @Test func `a service with a private authority's certificate is asked with that authority`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        try await withServer(folder) { port async throws in
            let check = try check("https://localhost:\(port)/")
            let trusting = HealthProbe(check, TLSSettings(extraAuthorities: "\(folder)/own.pem"))
            #expect(await trusting.trouble() == nil)
            let other = HealthProbe(check, TLSSettings())
            #expect(await other.trouble()?.problem.contains("certificate") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a service that does not answer is in trouble`() async throws {
        let probe = HealthProbe(try check("http://127.0.0.1:1/"), TLSSettings())
        let trouble = await probe.trouble()
        #expect(trouble?.place == "http://127.0.0.1:1/")
        #expect(trouble?.hint == "curl -v http://127.0.0.1:1/ asks the same")
        #expect(trouble?.problem.contains("attempts") == false)
    }

    private func check(_ url: String) throws -> HealthCheck? {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "services":
            [{"unit": "a.service", "content": "[Service]\\nExecStart=/bin/true\\n", "health": {"urls": ["\(url)"]}}]}
            """
        return try HostConfiguration.load(Array(text.utf8), file: "host.json").get().services.first?.health
    }

    /// openssl(1) answers every request with a page about the connection; its first line tells the port.
    private func withServer(_ folder: String, _ body: (_ port: Int) async throws -> Void) async throws {
        let own = Command(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/own.key", "-out",
                "\(folder)/own.pem",
            ])
        try #require(try await Subprocess.run(own).succeeded)
        let script =
            "openssl s_server -accept 127.0.0.1:0 -www -cert $0/own.pem -key $0/own.key & cat; kill $!; wait $!"
        let told = { (line: String) in
            line.hasPrefix("ACCEPT ") ? line.split(separator: ":").last.flatMap { Int($0) } : nil
        }
        try await ServerProcess.with(Command("/bin/sh", ["-c", script, folder]), port: told, body)
    }
}
