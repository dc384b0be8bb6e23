import Digests
import Platform
import Testing
import Trust

/// What a host believes, when somebody else holds the hub, its TLS or its DNS.
@Suite(.enabled(if: Signers.isPossible, "needs minisign to sign")) struct ConfigTrustTests {
    /// What a shell does to the config that `a` and `b` have signed, and the words of the refusal by a host that trusts
    /// `a`, or wants two of `a`, `b` and `c`.
    struct Attack: CustomTestStringConvertible {
        let testDescription: String
        let line: String
        var threshold = 1
        let words: String
    }

    static let attacks = [
        Attack(testDescription: "another content", line: "echo '{}' >host.json", words: "none signed it"),
        Attack(testDescription: "one byte more", line: "echo >>host.json", words: "none signed it"),
        Attack(testDescription: "no signature", line: "rm host.json.minisig", words: "is not signed"),
        Attack(testDescription: "an empty signature", line: ": >host.json.minisig", words: "is no signature"),
        Attack(testDescription: "a cut signature", line: "sed -i '$d' host.json.minisig", words: "is no signature"),
        Attack(
            testDescription: "a signature without end", line: "yes | head -c 1000000 >host.json.minisig",
            words: "is no signature"),
        Attack(testDescription: "a wrong key", line: "sign evil", words: "none signed it"),
        Attack(
            testDescription: "a wrong key under a trusted one's number",
            line: """
                sign evil; python3 -c '
                import base64
                good = base64.b64decode(open("a.pub").read().split("\\n")[1])
                lines = open("host.json.minisig").read().split("\\n")
                forged = bytearray(base64.b64decode(lines[1])); forged[2:10] = good[2:10]
                lines[1] = base64.b64encode(forged).decode()
                open("host.json.minisig", "w").write("\\n".join(lines))'
                """, words: "none signed it"),
        Attack(
            testDescription: "another trusted comment",
            line: "sed -i 's/^trusted comment: .*/trusted comment: x/' host.json.minisig",
            words: "none signed it"),
        Attack(
            testDescription: "another file's signature",
            line: "cp host.json x; echo 1 >host.json; sign a; mv x host.json",
            words: "none signed it"),
        Attack(testDescription: "too few keys", line: "sign a", threshold: 2, words: "it takes 2 of"),
        Attack(testDescription: "one key twice", line: "sign a a a", threshold: 2, words: "it takes 2 of"),
        Attack(testDescription: "one key and a wrong one", line: "sign a evil", threshold: 2, words: "it takes 2 of"),
    ]

    @Test(arguments: attacks) func `a config that its owner did not make is refused`(attack: Attack) async throws {
        try await Signers.with { signers async throws in
            let keys =
                attack.threshold == 1 ? try signers.keys("a") : try signers.keys("a", "b", "c", threshold: 2)
            try await signers.shell("echo '{\"a\": 1}' >host.json; sign a b")
            #expect(try signers.bring(keys, remembers: false) != nil)
            try await signers.shell(attack.line)
            let error = #expect(throws: TrustError.self) { try signers.bring(keys) }
            #expect(error?.isIntegrity == true)
            #expect(error?.explanation.problem.contains(attack.words) == true, "\(String(describing: error))")
            // The key was given all the same: the attacker's next config does not get in without it.
            try await signers.shell("rm -f host.json.minisig")
            #expect(throws: TrustError.self) { try signers.bring(nil) }
        }
    }

    @Test func `the words of who signed are those that were signed`() async throws {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json; sign a b")
            let signed = try signers.bring(try signers.keys("a", "b", threshold: 2))
            let ids = try signers.keys("a", "b").keys.map(\.id)
            #expect(signed?.words == "signed by \(ids[0]): by a; signed by \(ids[1]): by b")
            #expect(try signed?.signature == Files.read("\(signers.config).minisig"))
        }
    }

    @Test func `without a key a config is taken as it is, and nothing is written down`() async throws {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json")
            #expect(try signers.bring(nil) == nil)
            #expect(try FileStatus.of("\(signers.top)/home/.local") == nil)
        }
    }

    @Test func `what only looks remembers nothing`() async throws {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json; sign a")
            #expect(try signers.bring(try signers.keys("a"), remembers: false) != nil)
            #expect(try signers.store.read() == nil)
            try await signers.shell("rm host.json.minisig")
            #expect(try signers.bring(nil) == nil)
        }
    }

    @Test func `a key that was given once counts, whatever is given later, until it is forgotten on purpose`()
        async throws
    {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json; sign a")
            try signers.bring(try signers.keys("a"))
            #expect(try signers.bring(nil) != nil)
            #expect(try signers.bring(try signers.keys("evil")) != nil)
            try await signers.shell("sign evil")
            #expect(throws: TrustError.self) { try signers.bring(try signers.keys("evil")) }
            #expect(try signers.store.forget())
            #expect(try signers.bring(try signers.keys("evil")) != nil)
            #expect(try signers.store.forget())
            #expect(try signers.store.forget() == false)
            try await signers.shell("rm host.json.minisig")
            #expect(try signers.bring(nil) == nil)
        }
    }

    @Test(arguments: ["", "{}", "x", #"{"keys": [], "threshold": 1, "since_ms": 0}"#])
    func `a record that cannot be read is no leave to trust anybody`(text: String) async throws {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json; sign a")
            try signers.bring(try signers.keys("a"))
            try Files.replace(signers.store.path, with: Array(text.utf8), mode: 0o600)
            for given in [nil, try signers.keys("a")] {
                #expect(throws: TrustError.damagedRecord(path: signers.store.path)) { try signers.bring(given) }
            }
            #expect(try signers.store.forget())
            #expect(try signers.bring(try signers.keys("a")) != nil)
        }
    }

    @Test func `the record is its owner's alone`() async throws {
        try await Signers.with { signers async throws in
            try await signers.shell("echo 1 >host.json; sign a")
            try signers.bring(try signers.keys("a"))
            #expect(try FileStatus.of(signers.store.path)?.mode == 0o600)
            #expect(try FileStatus.of(Files.folder(of: signers.store.path))?.mode == 0o700)
        }
    }
}
