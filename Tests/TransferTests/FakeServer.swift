import Platform
import Support
import Testing
import Transfer

/// An HTTP server on loopback that goes wrong in the way that a path names; a child process of its own.
struct FakeServer: Sendable {
    static let python = "/usr/bin/python3"

    /// `http` or `https`.
    let scheme: String
    let port: Int
    private let tls: TLSSettings

    /// What signs it, for whoever trusts it.
    var authority: String? { tls.extraAuthorities }

    /// The address of a path on it, by one of this machine's names.
    func url(_ path: String, host: String = "127.0.0.1") throws -> SourceURL {
        try SourceURL("\(scheme)://\(host):\(port)/\(path)")
    }

    /// What it was asked so far on a path: the Range and If-Range headers of each request, `-` for none.
    func requests(_ path: String) async throws -> [String] { try await lines("requests/\(path)") }

    /// The secrets that came with each request to a path: Authorization and Private-Token, `-` for none.
    func secrets(_ path: String) async throws -> [String] { try await lines("secrets/\(path)") }

    /// The Accept-Encoding of each request to a path, `-` for none.
    func encodings(_ path: String) async throws -> [String] { try await lines("encodings/\(path)") }

    private func lines(_ path: String) async throws -> [String] {
        try await Downloader(tls: tls).text(try url(path)).split(separator: "\n").map(String.init)
    }

    /// The whole of what `/ok` and the like serve.
    static let content: [UInt8] = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 251) }

    /// How it speaks TLS.
    struct TLS: Sendable {
        var certificate: String
        /// Clients must have a certificate of this authority.
        var clientAuthority = ""
        /// Such as `TLSv1_1`: nothing newer is spoken.
        var newest = ""
        /// What the test's own questions go with.
        var settings = TLSSettings()
    }

    /// Runs `body` beside a server and with a folder of its own, then ends both.
    static func with(
        _ tls: TLS? = nil, _ body: (FakeServer, _ folder: String) async throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/transfer-tests-")
        defer { try? Folders.removeTree(folder) }
        let settings = tls.map { [$0.certificate, $0.clientAuthority, $0.newest] } ?? []
        try await ServerProcess.with(Command(python, ["-u", "-c", program] + settings)) { port in
            let server = FakeServer(
                scheme: tls == nil ? "http" : "https", port: port, tls: tls?.settings ?? TLSSettings())
            try await body(server, folder)
        }
    }
}
