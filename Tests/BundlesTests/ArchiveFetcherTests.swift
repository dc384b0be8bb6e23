import Digests
import Platform
import Synchronization
import Testing
import Transfer

@testable import Bundles

@Suite struct ArchiveFetcherTests {
    @Test func `the digest beside an archive is what it is checked against`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", "\(digest.hex)  tool.tar.gz\n")
            #expect(try await shelf.promised(.sidecar(nil)) == digest)
            #expect(try await shelf.install(shelf.wanted(.sidecar(nil))).verification == "sidecar")
        }
    }

    @Test func `a list of digests elsewhere will do`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish()
            try write(shelf, "SUMS", "\(Digest.of("x".utf8).hex)  other\n\(digest.hex)  tool.tar.gz\n")
            let list = try shelf.url("SUMS")
            #expect(try await shelf.install(shelf.wanted(.sidecar(list))).archiveDigest == digest.hex)
        }
    }

    @Test(arguments: ["", "<html>not found</html>", "abc  tool.tar.gz\n"])
    func `a sidecar without digest refuses the archive`(text: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", text)
            let error = await #expect(throws: BundleError.self) {
                try await shelf.install(shelf.wanted(.sidecar(nil)))
            }
            switch error {
            case .notTheFile?: #expect(!text.hasPrefix("abc"))
            case .badChecksum?: #expect(text.hasPrefix("abc"))
            default: Issue.record("\(String(describing: error))")
            }
            #expect(try Folders.names(in: "\(shelf.root)/tool") == [])
        }
    }

    @Test func `a sidecar that is missing refuses the archive`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.publish()
            let error = await #expect(throws: BundleError.self) {
                try await shelf.install(shelf.wanted(.sidecar(nil)))
            }
            guard case .transfer? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `a sidecar of another file refuses the archive`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.publish()
            try write(shelf, "tool.tar.gz.sha256", "\(Digest.of("x".utf8).hex)  tool.tar.gz\n")
            let error = await #expect(throws: BundleError.self) {
                try await shelf.install(shelf.wanted(.sidecar(nil)))
            }
            guard case .mismatch? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try shelf.downloads == [])
        }
    }

    @Test func `mirrors are tried in their order, until one has the right bytes`() async throws {
        try await Shelf.with { shelf async throws in
            let digest = try await shelf.publish("second.tar.gz")
            try write(shelf, "first.tar.gz", "not it")
            try write(shelf, "third.tar.gz", "nor this")
            let mirrors = try ["first.tar.gz", "second.tar.gz", "third.tar.gz"].map { try shelf.url($0) }
            let told = Mutex<[String]>([])
            let record = try await shelf.install(shelf.wanted(.digest(digest), mirrors: mirrors)) { note in
                if case .doing(let text) = note { told.withLock { $0.append(text) } }
            }
            #expect(record.url == mirrors[1].description)
            let fetched = told.withLock { $0 }.filter { $0.hasPrefix("fetching ") }
            #expect(fetched == [try shelf.url(), mirrors[0], mirrors[1]].map { "fetching \($0)" })
        }
    }

    @Test func `when every mirror fails, the first failure is told`() async throws {
        try await Shelf.with { shelf async throws in
            let found = try await shelf.publish()
            let mirrors = [try shelf.url("missing.tar.gz")]
            let wanted = Digest.of("wanted".utf8), url = try shelf.url().description
            await #expect(throws: BundleError.mismatch(url: url, wanted: wanted, found: found, resumed: false)) {
                try await shelf.install(shelf.wanted(.digest(wanted), mirrors: mirrors))
            }
        }
    }

    private func write(_ shelf: Shelf, _ file: String, _ text: String) throws {
        try Files.replace("\(shelf.top)/published/\(file)", with: Array(text.utf8), mode: 0o644)
    }
}
