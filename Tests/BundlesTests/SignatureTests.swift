import Archives
import Digests
import Platform
import Synchronization
import Testing
import Transfer

@testable import Bundles

/// Bundles signed by the real minisign.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign to sign"))
struct SignatureTests {
    @Test(arguments: ["-SH", "-Sl"])
    func `an archive that is signed by a known key is installed, and the log says by whom`(how: String) async throws {
        try await with { bench async throws in
            try await bench.shell("minisign \(how) -W -s k.key -m published/tool.tar.gz -t 'tool 1.0' >&2")
            let notes = Notes()
            let record = try await bench.install(.archive, .none, notes)
            #expect(record.verification == "signature")
            #expect(notes.text.contains("signed by \(try bench.key("k").id): tool 1.0"))
            #expect(try bench.shelf.drift() == nil)
        }
    }

    /// What a shell does after signing, and the words that refuse the archive.
    @Test(arguments: [
        ("printf x >> published/tool.tar.gz", "does not fit"),
        ("sed -i 's/tool 1.0/tool 9.9/' published/tool.tar.gz.minisig", "does not fit"),
        ("minisign -S -W -s other.key -m published/tool.tar.gz >&2", "is made with the key"),
        ("echo > published/tool.tar.gz.minisig", "is no signature"),
        (
            "cp published/tool.tar.gz x; printf x >> x; minisign -S -W -s k.key -m x -x published/tool.tar.gz.minisig >&2",
            "does not fit"
        ),
    ])
    func `an archive whose signature does not hold is refused, and nothing stays`(line: String, words: String)
        async throws
    {
        try await with { bench async throws in
            try await bench.shell("minisign -S -W -s k.key -m published/tool.tar.gz -t 'tool 1.0' >&2; \(line)")
            let error = await #expect(throws: BundleError.self) { try await bench.install(.archive, .none) }
            #expect(error?.isIntegrity == true)
            #expect(error?.explanation.problem.contains(words) == true, "\(String(describing: error))")
            #expect(bench.shelf.store.record("tool", "1.0") == nil)
            #expect(try bench.shelf.downloads == [])
        }
    }

    @Test func `a signature holds besides a digest, and does not stand in for it`() async throws {
        try await with { bench async throws in
            try await bench.shell("minisign -S -W -s k.key -m published/tool.tar.gz >&2")
            let digest = Digest.of(try Files.read("\(bench.shelf.top)/published/tool.tar.gz"))
            #expect(try await bench.install(.archive, .digest(digest)).verification == "required")
            let other = Digest.of("other".utf8)
            let error = await #expect(throws: BundleError.self) { try await bench.install(.archive, .digest(other)) }
            if case .mismatch? = error {} else { Issue.record("\(String(describing: error))") }
        }
    }

    @Test func `without its signature an archive is not taken`() async throws {
        try await with { bench async throws in
            await #expect(throws: BundleError.self) { try await bench.install(.archive, .none) }
            #expect(bench.shelf.store.record("tool", "1.0") == nil)
        }
    }

    @Test(arguments: ["SHA256SUMS", "SHA512SUMS"])
    func `a list of checksums may be what is signed`(list: String) async throws {
        try await with { bench async throws in
            let program = list == "SHA256SUMS" ? "sha256sum" : "sha512sum"
            try await bench.shell("cd published; \(program) *.gz > \(list); minisign -S -W -s ../k.key -m \(list) >&2")
            let sums = try SourceURL("file://\(bench.shelf.top)/published/\(list)")
            #expect(try await bench.install(.checksums, .sidecar(sums)).verification == "sidecar")
            try await bench.shell("sed -i 's/tool/tool/; $a # more' published/\(list)")
            let error = await #expect(throws: BundleError.self) {
                try await bench.install(.checksums, .sidecar(sums))
            }
            #expect(error?.explanation.problem.contains("does not fit") == true)
        }
    }

    private final class Notes: Sendable {
        private let notes = Mutex<[String]>([])
        var text: String { notes.withLock { $0.joined(separator: "\n") } }
        func add(_ note: ProgressNote) { if case .doing(let words) = note { notes.withLock { $0.append(words) } } }
    }

    private struct Bench {
        let shelf: Shelf

        func key(_ name: String) throws -> Minisign.PublicKey {
            let lines = try #require(try Files.text("\(shelf.top)/\(name).pub")).split(separator: "\n")
            return try #require(Minisign.PublicKey(String(lines[1])))
        }

        @discardableResult
        func install(
            _ subject: ArchiveSource.Signing.Subject, _ verification: ArchiveSource.Verification,
            _ notes: Notes = Notes()
        ) async throws -> InstallRecord {
            var source = ArchiveSource(try shelf.url(), verification)
            source.signing = .init(subject, keys: [try key("k")])
            let wanted = WantedBundle(
                name: "tool", source: source, version: nil, architecture: "x86_64", expectedFiles: [], limits: .init())
            return try await shelf.install(wanted) { notes.add($0) }
        }

        func shell(_ line: String) async throws {
            let result = try await Subprocess.run(
                Command("/bin/sh", ["-euc", line], workingDirectory: shelf.top), timeout: .seconds(300))
            try #require(result.succeeded, "\(result.errors)")
        }
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        try await Shelf.with { shelf async throws in
            let bench = Bench(shelf: shelf)
            try await shelf.publish()
            try await bench.shell("for k in k other; do minisign -G -W -p $k.pub -s $k.key >&2; done")
            try await body(bench)
        }
    }
}
