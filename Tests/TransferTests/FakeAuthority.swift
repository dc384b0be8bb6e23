import Platform
import Testing
import Transfer

/// A certificate authority of the test's own, made by openssl(1), and what it has signed.
struct FakeAuthority: Sendable {
    static let openssl = "/usr/bin/openssl"

    let folder: String
    /// The authority's own certificate.
    var file: String { "\(folder)/authority.pem" }
    /// Trusts it and shows no certificate.
    var settings: TLSSettings { TLSSettings(extraAuthorities: file) }

    /// Runs `body` with an authority in a folder that goes away.
    static func with(_ body: (FakeAuthority) async throws -> Void) async throws {
        let authority = FakeAuthority(folder: try Folders.makeTemporary(prefix: "/tmp/transfer-authority-"))
        defer { try? Folders.removeTree(authority.folder) }
        try await authority.run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=Test Authority", "-keyout", "\(authority.folder)/authority.key", "-out", authority.file)
        try await body(authority)
    }

    /// A certificate with its key, in one file, made out to names such as `DNS:localhost,IP:127.0.0.1`.
    ///
    /// One with no days left is out of date.
    func certificate(
        _ names: String = "DNS:localhost,DNS:files.example,IP:127.0.0.1", days: Int = 30
    ) async throws -> String {
        let path = try Folders.makeTemporary(prefix: "\(folder)/signed-")
        try await run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-keyout",
            "\(path)/key", "-out", "\(path)/request", "-addext", "subjectAltName=\(names)")
        try await run(
            "x509", "-req", "-in", "\(path)/request", "-CA", file, "-CAkey", "\(folder)/authority.key",
            "-CAcreateserial", "-days", "\(days)", "-copy_extensions", "copy", "-out", "\(path)/certificate")
        let both = try Files.read("\(path)/certificate") + Files.read("\(path)/key")
        try Files.replace("\(path)/both.pem", with: both, mode: 0o600)
        return "\(path)/both.pem"
    }

    /// A server's settings with a certificate that is all right.
    func server(_ names: String = "DNS:localhost,DNS:files.example,IP:127.0.0.1") async throws -> FakeServer.TLS {
        FakeServer.TLS(certificate: try await certificate(names), settings: settings)
    }

    private func run(_ arguments: String...) async throws {
        let result = try await Subprocess.run(Command(Self.openssl, arguments))
        try #require(result.succeeded, "\(result.errors)")
    }
}
