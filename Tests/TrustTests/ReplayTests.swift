import Digests
import HostConfig
import Platform
import Testing
import Trust

/// Configs that the owner signed, brought by somebody who chooses which: what TUF's conformance suite plays.
@Suite(.enabled(if: Signers.isPossible, "needs minisign to sign")) struct ReplayTests {
    /// A config that is brought to the host, and the words of its refusal; nil where it is taken.
    struct Brought {
        var serial: Int?
        var expires: String?
        var host = "h1"
        /// The keys that it hands over to.
        var keys: [String] = []
        var threshold = 1
        /// Makes its text another.
        var mark = ""
        var by = ["a"]
        var refused: String?
    }

    /// What is brought to a host that was given `a`, one after the other.
    struct Play: CustomTestStringConvertible {
        let testDescription: String
        let brought: [Brought]
    }

    private static let (past, future) = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z")

    static let plays = [
        Play(
            testDescription: "one that grows is taken, and the same again",
            brought: [Brought(serial: 1), Brought(serial: 1), Brought(serial: 5, expires: future), Brought(serial: 6)]),
        Play(
            testDescription: "replay of an older one",
            brought: [Brought(serial: 5), Brought(serial: 4, refused: "is signed, but older"), Brought(serial: 5)]),
        Play(
            testDescription: "replay of one from before there were serials",
            brought: [Brought(), Brought(mark: "x"), Brought(serial: 1), Brought(refused: "is signed, but older")]),
        Play(
            testDescription: "two with one serial",
            brought: [Brought(serial: 5), Brought(serial: 5, mark: "x", refused: "another config with its serial")]),
        Play(
            testDescription: "freeze at one whose time is over",
            brought: [Brought(serial: 1, expires: past, refused: "its time was over"), Brought(serial: 1, mark: "x")]),
        Play(
            testDescription: "mix with another host's",
            brought: [Brought(serial: 1), Brought(serial: 2, host: "h2", refused: "is signed for the host h2")]),
        Play(
            testDescription: "rotation, one key after the other",
            brought: [
                Brought(serial: 1), Brought(serial: 2, keys: ["b"], by: ["a", "b"]), Brought(serial: 3, by: ["b"]),
                Brought(serial: 4, by: ["a"], refused: "none signed it"),
                Brought(serial: 4, keys: ["c"], by: ["b", "c"]), Brought(serial: 5, by: ["c"]),
                Brought(serial: 6, by: ["a", "b"], refused: "none signed it"),
            ]),
        Play(
            testDescription: "rotation that the keys before did not sign",
            brought: [
                Brought(serial: 1), Brought(serial: 2, keys: ["evil"], by: ["evil"], refused: "none signed it"),
                Brought(serial: 2),
            ]),
        Play(
            testDescription: "rotation that the new keys did not sign",
            brought: [
                Brought(serial: 1), Brought(serial: 2, keys: ["b"], by: ["a"], refused: "too few of those signed it"),
                Brought(
                    serial: 2, keys: ["b", "c"], threshold: 2, by: ["a", "b"], refused: "too few of those signed it"),
                Brought(serial: 2),
            ]),
        Play(
            testDescription: "rotation that is missed",
            brought: [
                Brought(serial: 1), Brought(serial: 3, keys: ["c"], by: ["b", "c"], refused: "none signed it"),
                Brought(serial: 3, keys: ["c"], mark: "x", by: ["a", "b", "c"]), Brought(serial: 4, by: ["c"]),
            ]),
        Play(
            testDescription: "rotation to two keys of three, of which one signs twice",
            brought: [
                Brought(serial: 1, keys: ["a", "b", "c"], threshold: 2, by: ["a", "b"]),
                Brought(serial: 2, by: ["a"], refused: "it takes 2 of"),
                Brought(serial: 2, by: ["a", "a"], refused: "it takes 2 of"),
                Brought(serial: 2, by: ["a", "evil"], refused: "it takes 2 of"), Brought(serial: 2, by: ["c", "a"]),
            ]),
        Play(
            testDescription: "rotation whose time is over",
            brought: [
                Brought(serial: 2, expires: past, keys: ["b"], by: ["a", "b"], refused: "its time was over"),
                Brought(serial: 1, by: ["a"]), Brought(serial: 2, by: ["b"], refused: "none signed it"),
            ]),
        Play(
            testDescription: "a replayed rotation does not bring the old key back",
            brought: [
                Brought(serial: 1, keys: ["a"]), Brought(serial: 2, keys: ["b"], by: ["a", "b"]),
                Brought(serial: 1, keys: ["a"], by: ["a", "b"], refused: "is signed, but older"),
                Brought(serial: 3, by: ["b"]),
            ]),
    ]

    @Test(arguments: plays) func `of what the owner signed, only what is due is taken`(play: Play) async throws {
        try await Signers.with { signers async throws in
            for (number, brought) in play.brought.enumerated() {
                try await publish(brought, in: signers)
                // What only looks says the same, and changes nothing.
                for remembers in [false, true] {
                    let refusal = try refusal(signers, remembers: remembers)
                    if let words = brought.refused {
                        #expect(refusal?.isIntegrity == true, "\(number)")
                        let problem = refusal?.explanation.problem ?? "taken"
                        #expect(problem.contains(words), "\(number): \(problem)")
                    } else {
                        #expect(refusal == nil, "\(number): \(String(describing: refusal))")
                    }
                }
            }
        }
    }

    @Test func `a time is over when the clock says so, and not before`() async throws {
        try await Signers.with { signers async throws in
            try await publish(Brought(serial: 1, expires: "2027-03-01T12:00:00Z"), in: signers)
            let expires = try #require(Timestamp(rfc3339: "2027-03-01T12:00:00Z"))
            let before = Timestamp(milliseconds: expires.milliseconds - 1)
            #expect(try refusal(signers, remembers: true, at: before) == nil)
            #expect(
                try refusal(signers, remembers: true, at: expires)
                    == .expired(config: signers.config, expires: expires, now: expires))
        }
    }

    @Test func `of many that come at once, none lowers what is remembered`() async throws {
        try await Signers.with { signers async throws in
            var offers: [@Sendable () throws -> Void] = []
            for serial in 1...8 {
                try await publish(Brought(serial: serial), in: signers)
                let bytes = try Files.read(signers.config)
                let signature = try Files.read("\(signers.config).minisig")
                let keys = try signers.keys("a"), path = "\(signers.top)/\(serial).json"
                try Files.replace(path, with: bytes, mode: 0o600)
                try Files.replace("\(path).minisig", with: signature, mode: 0o600)
                offers.append {
                    let trust = ConfigTrust(keys, signers.store, remembers: true)
                    guard case .success(let configuration) = HostConfiguration.load(bytes, file: path) else { return }
                    let signed = try #require(try trust.hold(bytes, named: path, signatureAt: "\(path).minisig"))
                    try? trust.admit(configuration, signed, named: path)
                }
            }
            await withTaskGroup(of: Void.self) { group in
                for offer in offers { group.addTask { try? offer() } }
            }
            #expect(try signers.store.read()?.last?.serial == 8)
        }
    }

    private func publish(_ brought: Brought, in signers: Signers) async throws {
        var trust: [String] = []
        if let serial = brought.serial { trust.append("\"serial\": \(serial)") }
        if let expires = brought.expires { trust.append("\"expires\": \"\(expires)\"") }
        if !brought.keys.isEmpty {
            let keys = try brought.keys.map { "\"\(try signers.keys($0).keys[0].text)\"" }.joined(separator: ", ")
            trust += ["\"keys\": [\(keys)]", "\"threshold\": \(brought.threshold)"]
        }
        let text = """
            {"bootstrap_user": "boot", "bootstrap_root": "/home/boot/host", "host_id": "\(brought.host)",
             "trust": {\(trust.joined(separator: ", "))}, "environment": {"MARK": "\(brought.mark)"}}
            """
        try Files.replace(signers.config, with: Array(text.utf8), mode: 0o600)
        try await signers.shell("sign \(brought.by.joined(separator: " "))")
    }

    private func refusal(_ signers: Signers, remembers: Bool, at now: Timestamp = .now()) throws -> TrustError? {
        let bytes = try Files.read(signers.config)
        let trust = ConfigTrust(try signers.keys("a"), signers.store, remembers: remembers)
        do throws(TrustError) {
            let signed = try trust.hold(bytes, named: signers.config, signatureAt: "\(signers.config).minisig")
            guard let signed, case .success(let configuration) = HostConfiguration.load(bytes, file: signers.config)
            else {
                Issue.record("it was not held to a key, or is no config")
                return nil
            }
            try trust.admit(configuration, signed, named: signers.config, at: now)
            return nil
        } catch {
            return error
        }
    }
}
