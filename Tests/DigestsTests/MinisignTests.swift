import Digests
import Platform
import Testing

/// Keys and signatures by the real program.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign to sign"))
struct MinisignTests {
    @Test(arguments: ["-S", "-SH", "-Sl"])
    func `what minisign signs is valid, and nothing else is`(how: String) async throws {
        try await with { bench async throws in
            try await bench.shell("minisign \(how) -W -s k.key -m file -t 'built on day 1' >&2")
            let signature = try #require(try bench.signature())
            let key = try bench.key("k")
            #expect(signature.trustedComment == "built on day 1")
            #expect(signature.method == (how == "-Sl" ? .whole : .prehashed))
            #expect(signature.keyID == key.id)
            #expect(signature.isValid(of: try bench.message(signature), by: key))
            #expect(!signature.isValid(of: try bench.message(signature), by: try bench.key("other")))
            #expect(!signature.isValid(of: Array("other".utf8), by: key))
            let shown = try await bench.shell("minisign -Vm file -p k.pub -x file.minisig")
            #expect(shown.contains("built on day 1"))
        }
    }

    @Test func `a signature whose lines end with CR LF is read as well`() async throws {
        try await with { bench async throws in
            try await bench.shell(
                "minisign -S -W -s k.key -m file -t 'built on day 1' >&2; sed -i 's/$/\\r/' file.minisig")
            let signature = try #require(try bench.signature())
            #expect(signature.isValid(of: try bench.message(signature), by: try bench.key("k")))
        }
    }

    @Test func `a signature with anything changed is not valid`() async throws {
        try await with { bench async throws in
            try await bench.shell("minisign -S -W -s k.key -m file -t 'built on day 1' >&2")
            let lines = try #require(try Files.text("\(bench.top)/file.minisig")).split(separator: "\n").map(
                String.init)
            let (key, good) = (try bench.key("k"), try #require(try bench.signature()))
            let message = try bench.message(good)
            for line in [1, 2, 3] {
                for place in stride(from: line == 2 ? 17 : 0, to: lines[line].utf8.count - 3, by: 3) {
                    var changed = lines
                    var bytes = Array(lines[line].utf8)
                    bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                    changed[line] = String(decoding: bytes, as: UTF8.self)
                    guard changed != lines else { continue }
                    let signature = Minisign.Signature(changed.joined(separator: "\n") + "\n")
                    #expect(signature?.isValid(of: message, by: key) != true, "line \(line), place \(place)")
                }
            }
        }
    }

    @Test(arguments: ["", "x", "a\nb\nc\nd\n", "untrusted comment: x\nRWQ=\ntrusted comment: y\nAA==\n"])
    func `what is no signature is none`(text: String) {
        #expect(Minisign.Signature(text) == nil)
    }

    @Test(arguments: ["", "RWQ", "untrusted comment: x", "é", String(repeating: "A", count: 56)])
    func `what is no key is none`(text: String) {
        #expect(Minisign.PublicKey(text) == nil)
    }

    @Test func `a key is called as minisign calls it`() async throws {
        try await with { bench async throws in
            let id = try #require(try Files.text("\(bench.top)/k.pub")).split(separator: "\n")[0].split(separator: " ")
                .last
            #expect(try bench.key("k").id.description == id.map(String.init))
        }
    }

    private struct Bench {
        let top: String

        func key(_ name: String) throws -> Minisign.PublicKey {
            let lines = try #require(try Files.text("\(top)/\(name).pub")).split(separator: "\n")
            return try #require(Minisign.PublicKey(String(lines[1])))
        }

        func signature() throws -> Minisign.Signature? {
            try Files.text("\(top)/file.minisig").flatMap { Minisign.Signature($0) }
        }

        func message(_ signature: Minisign.Signature) throws -> [UInt8] {
            let bytes = try Files.read("\(top)/file")
            guard signature.method == .prehashed else { return bytes }
            var hasher = DigestHasher(.blake2b512)
            bytes.withUnsafeBytes { hasher.update($0) }
            return hasher.finish().bytes
        }

        @discardableResult
        func shell(_ line: String) async throws -> String {
            let result = try await Subprocess.run(
                Command("/bin/sh", ["-euc", line], workingDirectory: top), timeout: .seconds(300))
            try #require(result.succeeded, "\(result.errors)")
            return result.output
        }
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        let bench = Bench(top: try Folders.makeTemporary(prefix: "/tmp/minisign-tests-"))
        defer { try? Folders.removeTree(bench.top) }
        try Files.replace("\(bench.top)/file", with: Array("content of the file\n".utf8), mode: 0o644)
        try await bench.shell("for k in k other; do minisign -G -W -p $k.pub -s $k.key >&2; done")
        try await body(bench)
    }
}
