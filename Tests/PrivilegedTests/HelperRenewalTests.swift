import Digests
import Platform
@testable import Privileged
import Testing

/// What may take the helper's place: played as the bootstrap user, who brings the file, would.
@Suite(.enabled(if: Account.currentUser == 0, "root owns the folder of keys"))
struct HelperRenewalTests {
    /// A place of root's with an old program and two signers, of whom root trusts the first.
    private struct Bench {
        let top: String
        var renewal: HelperRenewal {
            var renewal = HelperRenewal(path: "\(top)/brought", signature: (try? Files.text(signature)) ?? "")
            (renewal.program, renewal.keys, renewal.record) = ("\(top)/program", "\(top)/keys", "\(top)/version")
            return renewal
        }
        var signature: String { "\(top)/brought.minisig" }

        static func with(_ body: (Bench) async throws -> Void) async throws {
            // Beneath a folder that only root may write: /tmp is sticky, which will do.
            let bench = Bench(top: try Folders.makeTemporary(prefix: "/tmp/renewal-tests-"))
            defer { try? Folders.removeTree(bench.top) }
            try Folders.make("\(bench.top)/keys", mode: 0o755)
            try Files.replace("\(bench.top)/program", with: Array("old".utf8), mode: 0o755)
            try Files.replace("\(bench.top)/brought", with: program, mode: 0o755)
            try Files.replace("\(bench.top)/version", with: Array("1.2.0\n".utf8), mode: 0o644)
            for signer in ["ours", "theirs"] {
                let words = ["-G", "-W", "-p", "\(bench.top)/\(signer).pub", "-s", "\(bench.top)/\(signer).key"]
                try #require(try await Subprocess.run(Command("/usr/bin/minisign", words)).succeeded)
            }
            try bench.trust("ours")
            try await body(bench)
        }

        func trust(_ signer: String, mode: UInt32 = 0o644) throws {
            try Files.replace("\(top)/keys/\(signer).pub", with: try Files.read("\(top)/\(signer).pub"), mode: mode)
        }

        func sign(_ comment: String, by signer: String = "ours") async throws {
            let words = ["-S", "-s", "\(top)/\(signer).key", "-m", "\(top)/brought", "-x", signature, "-t", comment]
            try #require(try await Subprocess.run(Command("/usr/bin/minisign", words)).succeeded)
        }

        func refusal() async throws -> String {
            do throws(PrivilegedError) { try await renewal.take() } catch { return error.explanation.problem }
            return "taken"
        }

        func expectRefused(_ words: String) async throws {
            let found = try await refusal()
            #expect(found.contains(words), "\(found)")
            #expect(try Files.text("\(top)/program") == "old")
            #expect(try Files.text("\(top)/version") == "1.2.0\n")
        }
    }

    @Test func `a program for another machine is refused, though it is signed as that`() async throws {
        try await Bench.with { bench in
            let other = OperatingSystem.machine == "x86_64" ? "aarch64" : "x86_64"
            try Files.replace("\(bench.top)/brought", with: otherMachine, mode: 0o755)
            try await bench.sign("host-bootstrap 1.3.0, \(other)")
            try await bench.expectRefused("it is for \(other)")
        }
    }

    @Test func `what is no program of the machine is none, whatever was signed of it`() async throws {
        try await Bench.with { bench in
            for content in [Array("0123  host-bootstrap\n".utf8), Array(program.prefix(19)), otherMachine] {
                try Files.replace("\(bench.top)/brought", with: content, mode: 0o755)
                try await bench.sign(Self.good)
                try await bench.expectRefused("no program for the machine")
            }
        }
    }

    @Test(arguments: ["/proc/kmsg", "/dev/null", "/etc/shadow", "/run", "fifo"])
    func `root opens no device, no file of the kernel's and nobody else's for who asks`(path: String) async throws {
        try await Bench.with { bench in
            try await bench.sign(Self.good)
            try #require(
                try await Subprocess.run(Command("/usr/bin/mkfifo", ["\(bench.top)/fifo"])).succeeded)
            let renewal = bench.renewal
            let asked = HelperRenewal(
                path: path == "fifo" ? "\(bench.top)/fifo" : path, signature: renewal.signature, caller: 12345,
                program: renewal.program, keys: renewal.keys, record: renewal.record)
            let error = await #expect(throws: PrivilegedError.self) { try await asked.take() }
            #expect(error?.explanation.problem.contains("Permission denied") == true, "\(String(describing: error))")
        }
    }

    @Test func `while it is replaced nobody else replaces it`() async throws {
        try await Bench.with { bench in
            try await bench.sign(Self.good)
            let other = try Descriptor.open(bench.top, 0)
            #expect(try other.tryLock(path: bench.top))
            try await bench.expectRefused("being replaced already")
            _ = consume other
            try await bench.renewal.take()
        }
    }

    private static let good = "host-bootstrap 1.3.0, \(OperatingSystem.machine)"

    @Test func `a version that root's key has signed is taken, and the one before it is not taken again`() async throws
    {
        try await Bench.with { bench in
            try await bench.sign(Self.good)
            try await bench.renewal.take()
            #expect(try Files.read("\(bench.top)/program") == program)
            #expect(try FileStatus.of("\(bench.top)/program")?.mode == 0o755)
            #expect(try Files.text("\(bench.top)/version") == "1.3.0\n")
            try await bench.sign("host-bootstrap 1.2.9, \(OperatingSystem.machine)")
            #expect(try await bench.refusal().contains("older than 1.3.0"))
        }
    }

    @Test(arguments: [
        ("host-bootstrap 1.1.9, \(OperatingSystem.machine)", "older than 1.2.0"),
        ("host-bootstrap 1.3.0, sparc", "no program for the machine"),
        ("tools 1.3.0, \(OperatingSystem.machine)", "no release of host-bootstrap"),
        ("host-bootstrap 1.3, \(OperatingSystem.machine)", "no release of host-bootstrap"),
        ("host-bootstrap", "no release of host-bootstrap"),
    ])
    func `what was signed as something else is refused`(comment: String, words: String) async throws {
        try await Bench.with { bench in
            try await bench.sign(comment)
            try await bench.expectRefused(words)
        }
    }

    @Test func `an unsigned one is refused, and so is one that was changed after it was signed`() async throws {
        try await Bench.with { bench in
            try await bench.expectRefused("no signature")
            try await bench.sign(Self.good)
            try Files.replace("\(bench.top)/brought", with: Array("evil".utf8), mode: 0o755)
            try await bench.expectRefused("does not fit")
        }
    }

    @Test func `a signature whose words were changed is refused`() async throws {
        try await Bench.with { bench in
            try await bench.sign("host-bootstrap 1.1.0, \(OperatingSystem.machine)")
            let text = try Files.text(bench.signature) ?? ""
            try Files.replace(
                bench.signature, with: Array(text.replacingBytes("1.1.0", with: "9.1.0").utf8), mode: 0o644)
            try await bench.expectRefused("does not fit")
        }
    }

    @Test func `a key that is not root's, or that others may write, makes nothing good`() async throws {
        try await Bench.with { bench in
            try await bench.sign(Self.good, by: "theirs")
            try await bench.expectRefused("not among root's")
            try bench.trust("theirs", mode: 0o666)
            try await bench.expectRefused("not among root's")
            try Files.remove("\(bench.top)/keys/theirs.pub")
            try Files.replace(
                "\(bench.top)/keys/theirs.pub", with: try Files.read("\(bench.top)/theirs.pub"), mode: 0o644)
            try Files.setOwner("\(bench.top)/keys/theirs.pub", user: 1, group: 1)
            try await bench.expectRefused("not among root's")
        }
    }

    @Test func `a folder of keys that others may write counts for nothing`() async throws {
        try await Bench.with { bench in
            try await bench.sign(Self.good)
            try Files.setMode(PathBytes("\(bench.top)/keys"), 0o777)
            try await bench.expectRefused("not among root's")
        }
    }

    @Test func `a link in the program's place is not followed`() async throws {
        try await Bench.with { bench in
            try await bench.sign(Self.good)
            try Files.rename("\(bench.top)/brought", to: "\(bench.top)/elsewhere")
            try Files.replaceLink("\(bench.top)/brought", target: "\(bench.top)/elsewhere")
            try await bench.expectRefused("open")
        }
    }
}

/// The head of a program of this machine's kind, and of another's.
private let program = head(OperatingSystem.machine == "x86_64" ? 62 : 183)
private let otherMachine = head(OperatingSystem.machine == "x86_64" ? 183 : 62)

private func head(_ machine: UInt8) -> [UInt8] {
    [0x7f, 0x45, 0x4c, 0x46, 2, 1] + [UInt8](repeating: 0, count: 10) + [3, 0, machine, 0]
}
