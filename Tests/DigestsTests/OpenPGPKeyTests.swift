import Digests
import Testing

@Suite struct OpenPGPKeyTests {
    /// As gpg writes it with `--export --armor`.
    private static let armor = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEawlYHhYJKwYBBAHaRw8BAQdASTRs1qKThtjPYAZGUtMesp+u7jPjF6qE/U7N
        6urU1960FU93biA8b3duQGV4YW1wbGUuY29tPoiQBBMWCAA4FiEEAF/tA6pIc4Ng
        lMUvdMH3sRPpx8sFAmsJWB4CGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ
        dMH3sRPpx8tkwgD/bM5TSZ2unQKyW48QxtI3mbteINhGSYgK0uP1ye1KzDQBAJwL
        mA8XB/q+T2yQyIFqgzxijq4Yy+OELnofcSGAdRwB
        =O1dZ
        -----END PGP PUBLIC KEY BLOCK-----

        """

    /// The same key with what is secret of it.
    private static let secret = """
        -----BEGIN PGP PRIVATE KEY BLOCK-----

        lFgEawlYHhYJKwYBBAHaRw8BAQdASTRs1qKThtjPYAZGUtMesp+u7jPjF6qE/U7N
        6urU194AAQDaXNWxyKSWAYygH7SAjqYEblijRu52bh0lpm0Wv3hBcg9NtBVPd24g
        PG93bkBleGFtcGxlLmNvbT6IkAQTFggAOBYhBABf7QOqSHODYJTFL3TB97ET6cfL
        BQJrCVgeAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEHTB97ET6cfLZMIA
        /2zOU0mdrp0CsluPEMbSN5m7XiDYRkmICtLj9cntSsw0AQCcC5gPFwf6vk9skMiB
        aoM8Yo6uGMvjhC56H3EhgHUcAQ==
        =VejY
        -----END PGP PRIVATE KEY BLOCK-----
        """

    private static func read(_ text: String) -> OpenPGPKey? { OpenPGPKey(Array(text.utf8)) }

    @Test func `a key is the same in armor and without, and its armor says so again`() throws {
        let key = try #require(Self.read(Self.armor))
        #expect(key.bytes.count == 222 && key.bytes.first == 0x98)
        #expect(OpenPGPKey(key.bytes) == key)
        #expect(Self.read(key.armorLines.joined(separator: "\n")) == key)
        #expect(key.armorLines.allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func `headers, CR LF and blanks at the ends of lines change nothing, and two keys are both there`() throws {
        let key = try #require(Self.read(Self.armor))
        let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
        #expect(Self.read(Self.armor.replacing(begin, with: "\n\(begin)\nVersion: GnuPG v2")) == key)
        #expect(Self.read(Self.armor.replacing("\n", with: "\r\n")) == key)
        #expect(Self.read(Self.armor.replacing("\n", with: " \n")) == key)
        #expect(Self.read(Self.armor + Self.armor)?.bytes == key.bytes + key.bytes)
    }

    @Test func `a secret key is none that all may read, in whichever armor it comes`() {
        #expect(Self.read(Self.secret) == nil)
        #expect(Self.read(Self.secret.replacing("PRIVATE", with: "PUBLIC")) == nil)
        #expect(Self.read(Self.armor + Self.secret.replacing("PRIVATE", with: "PUBLIC")) == nil)
    }

    @Test(arguments: ["", "\n", "<html></html>", "-----BEGIN PGP PUBLIC KEY BLOCK-----", "Signed-By: x\n", "\u{98}"])
    func `what is no key at all is none`(text: String) { #expect(Self.read(text) == nil) }

    @Test func `a key that is cut off anywhere, goes on, or is too long is none`() throws {
        let key = try #require(Self.read(Self.armor)).bytes
        let packets = Set([53, 76])
        for length in 0..<key.count where !packets.contains(length) {
            #expect(OpenPGPKey(Array(key.prefix(length))) == nil, "\(length)")
        }
        #expect(OpenPGPKey(key + [0]) == nil && OpenPGPKey(key + [0xff]) == nil)
        #expect(Self.read(Self.armor + "x") == nil && Self.read("x\n" + Self.armor) == nil)
        let whole = Array(repeatElement(key, count: 2 + OpenPGPKey.sizeLimit / key.count).joined())
        #expect(OpenPGPKey(whole) == nil)
        // Neither a keybox, nor a signature alone, nor lengths without end.
        #expect(OpenPGPKey(Array(key.dropFirst(53))) == nil)
        #expect(OpenPGPKey([0x9b, 1, 2, 3]) == nil && OpenPGPKey([0xc6, 0xe1, 2, 3]) == nil)
        #expect(
            OpenPGPKey([0x9a, 0xff, 0xff, 0xff, 0xff]) == nil
                && OpenPGPKey([0xc6, 0xff, 0xff, 0xff, 0xff, 0xff]) == nil)
    }
}
