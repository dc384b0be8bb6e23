import Compression
import Platform
import Support
import Testing

@testable import Archives

@Suite struct FuzzingCorpusTests {
    /// What `make fuzz` found to lead the unpacker into different places.
    private static let folder =
        "\(Checkout.folder)/fuzzing/corpus"

    @Test func `whatever was found in fuzzing is unpacked or refused, and nothing gets out`() async throws {
        let names = try Folders.names(in: Self.folder)
        try #require(names.count > 100)
        var unpacked = 0, refused = 0
        for name in names {
            try await Workbench.with("") { bench in
                try Files.replace(bench.archive, with: try Files.read("\(Self.folder)/\(name)"), mode: 0o600)
                do {
                    for entry in try bench.unpack(limits: Self.limits) {
                        #expect(try FileStatus.of(PathBytes(bench.folder).appending(entry.path)) != nil, "\(name)")
                    }
                    unpacked += 1
                } catch is ArchiveError {
                    refused += 1
                }
            }
        }
        // Both kinds are among them, or the corpus is of no use.
        #expect(unpacked > 10 && refused > 50)
    }

    private static var limits: Unpacker.Limits {
        var limits = Unpacker.Limits()
        limits.bytes = 4 << 20
        limits.entries = 100
        return limits
    }
}
