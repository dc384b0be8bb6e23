import Platform
import Support
import Testing

/// The released hub, static as it is, on a PostgreSQL server that wants a password and TLS.
@Suite(.enabled(if: Site.folder != nil && PostgreSQLServer.programs != nil, "needs dist/ and a PostgreSQL server"))
struct SharedFleetScenario {
    @Test func `the released hub reaches its server by name, over TLS held to a CA, with a password from a file`()
        async throws
    {
        let port = try PostgreSQLServer.freePort()
        let settings = ["ssl = on", "ssl_cert_file = '../server.pem'", "ssl_key_file = '../server.key'"]
        let access = ["hostssl all hub 127.0.0.1/32 scram-sha-256"]
        try await PostgreSQLServer.with(port: port, settings: settings, access: access, preparing: makeCertificate) {
            server in
            _ = try await server.makeDatabase("fleet")
            _ = try await server.query(
                "CREATE ROLE hub LOGIN PASSWORD 's3cret'; ALTER DATABASE fleet OWNER TO hub", in: "fleet")
            let data = "\(server.folder)/hub", secret = "\(server.folder)/password"
            try Files.replace(secret, with: Array("localhost:\(port):fleet:hub:s3cret\n".utf8), mode: 0o600)
            let place = "postgresql://hub@localhost:\(port)/fleet?sslmode=verify-full&sslrootcert="
            let added = try await run("add-host", "h1", data, "\(place)\(server.folder)/server.pem&passfile=\(secret)")
            #expect(added.succeeded, "\(added.errors)")
            #expect(try await server.query("SELECT id FROM hosts", in: "fleet") == "h1")

            try Files.replace(secret, with: Array("localhost:\(port):fleet:hub:wrong\n".utf8), mode: 0o600)
            let refused = try await run(
                "add-host", "h2", data, "\(place)\(server.folder)/server.pem&passfile=\(secret)")
            #expect(refused.exitCode == 1)
            #expect(refused.errors.contains("password authentication failed"), "\(refused.errors)")
            let untrusted = try await run("add-host", "h2", data, "\(place)/etc/ssl/certs/ca-certificates.crt")
            #expect(untrusted.exitCode == 1)
            #expect(untrusted.errors.contains("certificate verify failed"), "\(untrusted.errors)")
        }
    }

    private func run(_ command: String, _ operand: String, _ data: String, _ database: String) async throws
        -> CommandResult
    {
        try await Subprocess.run(
            Command(
                "\(Site.distribution)/bootstrap-hub-\(OperatingSystem.machine)",
                [command, operand, "--data", data, "--database", database]), timeout: .seconds(60))
    }

    private func makeCertificate(in folder: String) async throws {
        let made = try await Subprocess.run(
            Command(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder)/server.key", "-out",
                    "\(folder)/server.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost",
                ]), timeout: .seconds(60))
        #expect(made.succeeded)
    }
}
