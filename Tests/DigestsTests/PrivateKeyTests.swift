import Digests
import Platform
import Testing

/// Keys and certificates, with the command `openssl` for a judge.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/openssl", 1), "needs openssl"))
struct PrivateKeyTests {
    @Test(arguments: [(PrivateKey.Algorithm.ed25519, "ED25519"), (.rsa, "3072 bit")])
    func `a key that is made is read by others, and knows its public half`(
        algorithm: PrivateKey.Algorithm, words: String
    ) async throws {
        let pem = try Self.key(algorithm)
        let told = try await openssl(["pkey", "-noout", "-text"], pem)
        #expect(told.lowercased().contains(words.lowercased()), "\(told)")
        let key = try Self.read(pem), again = key.publicPEM
        #expect(try await Array(openssl(["pkey", "-pubout"], pem).utf8) == again)
        let other = try Self.read(try Self.key(.ed25519)).publicPEM
        let fits = [again, other, pem].map { key.isPrivate(ofPublicPEM: $0 ?? []) }
        #expect(fits == [true, false, false])
    }

    @Test func `what is no key, is cut short or is encrypted is none, and nobody is asked for a password`() async throws
    {
        let pem = try Self.key(.ed25519)
        let encrypted = try await openssl(["pkey", "-aes256", "-passout", "pass:x"], pem)
        for text in [[], Array("x".utf8), Array(pem.dropLast(30)), Array(encrypted.utf8)] as [[UInt8]] {
            #expect(throws: Missing.self) { _ = try Self.read(text) }
        }
    }

    @Test(arguments: [PrivateKey.Algorithm.ed25519, .rsa])
    func `a certificate is signed by its own key, for the names and days that were asked for`(
        algorithm: PrivateKey.Algorithm
    ) async throws {
        let names = [
            "tool.example", "*.tool.example", "192.0.2.7", "2001:db8::7",
            String(repeating: "a", count: 63) + ".example",
        ]
        let own = try Self.read(try Self.key(algorithm))
        let pem = try Self.certificate(own, names, days: 3)
        let told = try await openssl(["x509", "-noout", "-text"], pem)
        for words in [
            "DNS:tool.example, DNS:*.tool.example, IP Address:192.0.2.7", "CA:FALSE", "TLS Web Server Authentication",
        ] {
            #expect(told.contains(words), "\(told)")
        }
        let folder = try Folders.makeTemporary(prefix: "/tmp/key-tests-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/c.pem", with: pem, mode: 0o600)
        let verified = try await openssl(
            ["verify", "-CAfile", "\(folder)/c.pem", "-verify_hostname", "x.tool.example", "\(folder)/c.pem"], [])
        #expect(verified.hasSuffix("OK\n"))
        _ = try await openssl(["x509", "-noout", "-checkend", "\(2 * 86_400)"], pem)
        let other = try Self.read(try Self.key(.ed25519))
        let certificate = try Self.readCertificate(pem)
        let (isOwn, isOthers, isOver) = (certificate.isOf(own), certificate.isOf(other), certificate.isOver)
        #expect(isOwn && !isOthers && !isOver)
        let (isSelfSigned, isSignedByOther) = (certificate.isSelfSigned(by: own), certificate.isSelfSigned(by: other))
        #expect(isSelfSigned && !isSignedByOther)
        let unnamed = (names + ["other.example", "x.tool.example", "192.0.2.8"]).filter { !certificate.names($0) }
        #expect(unnamed == ["other.example", "x.tool.example", "192.0.2.8"])
    }

    @Test func `a certificate whose time is over says so`() throws {
        let pem = try Self.certificate(try Self.read(try Self.key(.ed25519)), ["h"], days: 0)
        let isOver = try Self.readCertificate(pem).isOver
        #expect(isOver)
    }

    @Test(arguments: [
        ("h", true), ("a.b-c.d", true), ("*.x", true), ("127.0.0.1", true), ("::1", true), ("", false), ("*", false),
        ("a..b", false), ("-a", false), ("a,DNS:b", false), ("a b", false), ("*.*.x", false), ("x.*", false),
    ])
    func `only names of hosts and addresses are names`(name: String, isOne: Bool) {
        #expect(Certificate.isName(name) == isOne)
    }

    @Test(arguments: [RandomText.Encoding.hex, .base64])
    func `random bytes differ each time, and are as many as were asked for`(encoding: RandomText.Encoding) throws {
        let texts = try (0..<3).map { _ in try #require(RandomText.make(bytes: 33, encoding)) }
        #expect(Set(texts).count == 3)
        #expect(texts.map { RandomText.count($0, encoding) } == [33, 33, 33])
        #expect(RandomText.count("no such", encoding) == nil)
    }

    private struct Missing: Error {}

    /// What cannot be copied is none of `#require`'s.
    private static func key(_ algorithm: PrivateKey.Algorithm) throws -> [UInt8] {
        guard let key = PrivateKey.make(algorithm), let pem = key.pem else { throw Missing() }
        return pem
    }

    private static func read(_ pem: [UInt8]) throws -> PrivateKey {
        guard let key = PrivateKey.read(pem: pem) else { throw Missing() }
        return key
    }

    private static func readCertificate(_ pem: [UInt8]) throws -> Certificate {
        guard let certificate = Certificate.read(pem: pem) else { throw Missing() }
        return certificate
    }

    private static func certificate(_ key: borrowing PrivateKey, _ names: [String], days: Int) throws -> [UInt8] {
        guard let certificate = Certificate.selfSigned(by: key, names: names, days: days), let pem = certificate.pem
        else { throw Missing() }
        return pem
    }

    private func openssl(_ arguments: [String], _ input: [UInt8]) async throws -> String {
        let result = try await Subprocess.run(
            Command("/usr/bin/openssl", arguments, input: input), timeout: .seconds(60))
        try #require(result.succeeded, "\(arguments): \(result.errors)\(result.output)")
        return result.output
    }
}
