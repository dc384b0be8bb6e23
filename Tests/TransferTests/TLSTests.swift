import Glibc
import Platform
import Testing

@testable import Transfer

@Suite(
    .enabled(if: Files.isAccessible(FakeServer.python, X_OK), "needs python3 to serve"),
    .enabled(if: Files.isAccessible(FakeAuthority.openssl, X_OK), "needs openssl to sign"))
struct TLSTests {
    private let once = RetryPolicy(attempts: 1, budget: .seconds(600), firstDelay: .zero)

    @Test func `a private authority's server is trusted when the authority is named`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                try await Downloader(tls: authority.settings, policy: once).fetch(server.url("ok"), to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
            }
        }
    }

    @Test func `an unknown authority is refused at once, with what to do`() async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server()) { server, folder async throws in
                let error = await refusal { try await Downloader().fetch(server.url("ok"), to: "\(folder)/f") }
                #expect(error.0 == .unknownAuthority)
                #expect(error.hint.contains("\"ca_file\""))
            }
        }
    }

    @Test func `a certificate that signed itself is refused`() async throws {
        try await FakeAuthority.with { authority async throws in
            let both = try Files.read(authority.file) + Files.read("\(authority.folder)/authority.key")
            try Files.replace("\(authority.folder)/both.pem", with: both, mode: 0o600)
            let server = FakeServer.TLS(certificate: "\(authority.folder)/both.pem")
            try await FakeServer.with(server) { server, folder async throws in
                let error = await refusal { try await Downloader().fetch(server.url("ok"), to: "\(folder)/f") }
                #expect(error.0 == .unknownAuthority)
            }
        }
    }

    @Test(arguments: ["DNS:other.example", "IP:127.0.0.9", "DNS:127.0.0.1.other.example"])
    func `a certificate of another name is refused`(names: String) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server(names)) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings)
                let error = await refusal { try await downloader.fetch(server.url("ok"), to: "\(folder)/f") }
                #expect(error.0 == .wrongName)
                #expect(error.hint.contains("made out to"))
            }
        }
    }

    @Test func `a certificate that is out of date is refused, and the clock is named`() async throws {
        try await FakeAuthority.with { authority async throws in
            let old = FakeServer.TLS(certificate: try await authority.certificate(days: -1))
            try await FakeServer.with(old) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings)
                let error = await refusal { try await downloader.fetch(server.url("ok"), to: "\(folder)/f") }
                #expect(error.0 == .outOfDate)
                #expect(error.hint.contains("timedatectl"))
            }
        }
    }

    @Test(arguments: [("TLSv1_1", false), ("TLSv1_2", true)])
    func `nothing older than TLS 1.2 is spoken`(newest: String, isSpoken: Bool) async throws {
        try await FakeAuthority.with { authority async throws in
            var settings = try await authority.server()
            settings.newest = newest
            try await FakeServer.with(settings) { server, folder async throws in
                let downloader = Downloader(tls: authority.settings, policy: once)
                do throws(TransferError) {
                    try await downloader.fetch(SourceURL("https://127.0.0.1:\(server.port)/ok"), to: "\(folder)/f")
                    #expect(isSpoken)
                } catch {
                    #expect(!isSpoken)
                    #expect(error.explanation.hint.contains("TLS 1.2"), "\(error)")
                }
            }
        }
    }

    @Test func `a server that wants a certificate gets the configured one`() async throws {
        try await FakeAuthority.with { authority async throws in
            let own = try await authority.certificate("DNS:this-host")
            let tls = TLSSettings(extraAuthorities: authority.file, clientCertificate: own)
            var settings = try await authority.server()
            settings.clientAuthority = authority.file
            settings.settings = tls
            try await FakeServer.with(settings) { server, folder async throws in
                try await Downloader(tls: tls, policy: once).fetch(server.url("ok"), to: "\(folder)/f")
                #expect(try Files.read("\(folder)/f") == FakeServer.content)
                let apart = TLSSettings(
                    extraAuthorities: authority.file, clientCertificate: "\(Files.folder(of: own))/certificate",
                    clientKey: "\(Files.folder(of: own))/key")
                try await Downloader(tls: apart, policy: once).fetch(server.url("ok"), to: "\(folder)/g")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["none", "missing", "locked"])
    func `without a good certificate it fails at once, and says which settings to look at`(kind: String) async throws {
        try await FakeAuthority.with { authority async throws in
            var settings = try await authority.server()
            settings.clientAuthority = authority.file
            try await FakeServer.with(settings) { server, folder async throws in
                let own: String? =
                    switch kind {
                    case "none": nil
                    case "missing": "\(folder)/missing.pem"
                    default: try await locked(try await authority.certificate(), in: folder)
                    }
                let tls = TLSSettings(extraAuthorities: authority.file, clientCertificate: own)
                let error = await #expect(throws: TransferError.self) {
                    try await Downloader(tls: tls).fetch(server.url("ok"), to: "\(folder)/f")
                }
                #expect(error?.explanation.hint.contains("client_certificate") == true, "\(String(describing: error))")
            }
        }
    }

    /// The same certificate with its key behind a passphrase, which nobody is there to type.
    private func locked(_ certificate: String, in folder: String) async throws -> String {
        let key = try await Subprocess.run(
            Command(
                FakeAuthority.openssl, ["pkey", "-in", certificate, "-aes256", "-passout", "pass:secret"]))
        try #require(key.succeeded)
        let text = try Files.text("\(Files.folder(of: certificate))/certificate") ?? ""
        try Files.replace("\(folder)/locked.pem", with: Array((text + key.output).utf8), mode: 0o600)
        return "\(folder)/locked.pem"
    }

    private func refusal(_ body: () async throws -> Void) async -> (CertificateFailure?, hint: String) {
        let error = await #expect(throws: TransferError.self) { try await body() }
        guard case .untrusted(_, let certificateFailure, _)? = error else {
            Issue.record("\(String(describing: error))")
            return (nil, "")
        }
        return (certificateFailure, error?.explanation.hint ?? "")
    }
}
