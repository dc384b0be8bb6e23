import Digests
import Platform
import Testing

/// Texts that only who has the key can read or make.
@Suite struct EncryptionTests {
    private static let text = Array("correct horse".utf8), context = Array("db for host h1".utf8)

    @Test func `what was encrypted is read again, and is another text each time`() throws {
        let key = try #require(Encryption.makeKey())
        let first = try #require(Encryption.encrypted(Self.text, key: key, for: Self.context))
        let second = try #require(Encryption.encrypted(Self.text, key: key, for: Self.context))
        #expect(first != second && first.firstRange(of: Self.text) == nil)
        #expect(Encryption.decrypted(first, key: key, for: Self.context) == Self.text)
        #expect(Encryption.decrypted(second, key: key, for: Self.context) == Self.text)
        let empty = try #require(Encryption.encrypted([], key: key, for: []))
        #expect(Encryption.decrypted(empty, key: key, for: []) == [])
    }

    @Test func `a changed byte, a cut end, another key and another place are each seen`() throws {
        let key = try #require(Encryption.makeKey()), other = try #require(Encryption.makeKey())
        let sealed = try #require(Encryption.encrypted(Self.text, key: key, for: Self.context))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(Encryption.decrypted(changed, key: key, for: Self.context) == nil, "byte \(index)")
            #expect(Encryption.decrypted(Array(sealed.prefix(index)), key: key, for: Self.context) == nil)
        }
        #expect(Encryption.decrypted(sealed, key: other, for: Self.context) == nil)
        #expect(Encryption.decrypted(sealed, key: key, for: Array("db for host h2".utf8)) == nil)
        #expect(Encryption.encrypted(Self.text, key: Array(key.dropLast()), for: []) == nil)
    }

    /// Test case 14 of "The Galois/Counter Mode of Operation", by McGrew and Viega.
    @Test func `the cipher is the published one`() throws {
        let sealed = try #require(
            Hexadecimal.bytes(
                "000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"))
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(Encryption.decrypted(sealed, key: zeros, for: []) == Array(zeros.prefix(16)))
    }
}
