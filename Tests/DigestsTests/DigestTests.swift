import Digests
import Testing

@Suite struct DigestTests {
    // The vectors of FIPS 180-4 for "abc".
    static let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let sha512 =
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

    @Test(arguments: [(Digest.Algorithm.sha256, sha256), (.sha512, sha512)])
    func `the digest of abc is the standard's own`(algorithm: Digest.Algorithm, hex: String) {
        #expect(Digest.of("abc".utf8, algorithm).hex == hex)
    }

    @Test(arguments: [sha256, sha512])
    func `upper and lower case digits are the same digest`(hex: String) throws {
        let digest = try #require(Digest(hex: hex))
        #expect(Digest(hex: hex.uppercased()) == digest)
        #expect(digest.hex == hex)
    }

    @Test(arguments: [
        "", "ab", String(sha256.dropLast()), sha256 + "0", "g" + sha256.dropFirst(), "é" + sha256.dropFirst(2),
    ])
    func `anything but 64 or 128 digits is no digest`(hex: String) {
        #expect(Digest(hex: hex) == nil)
    }

    @Test(arguments: [
        sha256, "sha256:\(sha256)", "SHA256:\(sha256.uppercased())", "\(sha256)  a file.tar", "\(sha256) *x\n",
        "sha256:\(sha256)\t-", "\(sha256)\n",
    ])
    func `a digest is read as people copy it`(text: String) {
        #expect(Digest(published: text)?.hex == Self.sha256)
    }

    @Test(arguments: [
        "sha512:\(sha256)", "md5:\(sha256)", ":\(sha256)", "sha256:", "x \(sha256)", " \(sha256)",
        "sha256:sha256:\(sha256)",
        "\(sha256)x", "\(sha256)\u{301} x", "",
    ])
    func `what says something else is no digest`(text: String) {
        #expect(Digest(published: text) == nil)
    }

    @Test func `bytes in several pieces hash like the whole`() {
        var hasher = DigestHasher()
        for piece in ["a", "", "bc"] { Array(piece.utf8).withUnsafeBytes { hasher.update($0) } }
        #expect(hasher.finish().hex == Self.sha256)
    }
}
