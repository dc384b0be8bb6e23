import Testing

@testable import Digests

@Suite struct PasswordHashTests {
    @Test func `a password matches its own hash, whoever reads it, and no other does`() throws {
        let hash = try #require(PasswordHash.of(Array("correct horse".utf8), cost: .least))
        let read = try #require(PasswordHash(hash.text))
        #expect(read == hash && read.matches(Array("correct horse".utf8)))
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            #expect(!read.matches(Array(wrong.utf8)))
        }
        #expect(PasswordHash.of(Array("correct horse".utf8), cost: .least)?.text != hash.text)
    }

    @Test func `the usual cost is 32 MiB, three times, and nobody's hash costs the same and matches nothing`() throws {
        let cost = PasswordHash.Cost.usual
        #expect(cost.memory == 32 << 20 && cost.p == 3)
        let hash = try #require(PasswordHash.of(Array("correct horse".utf8)))
        #expect(hash.text.hasPrefix("scrypt:15:8:3:"))
        #expect(hash.matches(Array("correct horse".utf8)) && !hash.matches(Array("wrong".utf8)))
        #expect(PasswordHash.ofNobody().text.hasPrefix("scrypt:15:8:3:"))
        for tried in ["", "correct horse"] { #expect(!PasswordHash.ofNobody(cost: .least).matches(Array(tried.utf8))) }
    }

    /// Reckoned by Python's hashlib.scrypt.
    @Test func `it is the scrypt that others reckon`() throws {
        let known =
            "scrypt:14:8:1:000102030405060708090a0b0c0d0e0f:e96ec6ba8c63a23698220f37c7fc042925d430c7feadec9ceb04af03cabb9f2f"
        let hash = try #require(PasswordHash(known))
        #expect(hash.text == known && hash.matches(Array("correct horse battery".utf8)))
        #expect(!hash.matches(Array("correct horse batter".utf8)))
    }

    @Test(arguments: [
        "", "scrypt:30:8:1:\(String(repeating: "0", count: 32)):\(String(repeating: "0", count: 64))",
        "scrypt:20:32:1:\(String(repeating: "0", count: 32)):\(String(repeating: "0", count: 64))",
        "scrypt:15:8:3:00:00", "bcrypt:15:8:3:00:00", "scrypt:15:8:3:zz:zz",
    ])
    func `what is no hash of ours, or costs too much, is none`(text: String) {
        #expect(PasswordHash(text) == nil)
    }
}
