import Compression
import Platform
import Support
import Testing

@Suite struct DecompressionErrorTests {
    static let examples: [DecompressionError] = [
        .damaged("r"), .tooMuchMemory(need: "1 GiB", remedy: "r"), .trailing(after: "zstd frame"), .interrupted,
        .disk(SystemCallError("pread", "/a", code: 5)),
    ]

    @Test func `every error says what happened, where, and what to do about it`() throws {
        #expect(
            ErrorWalk(DecompressionError.self, in: "Compression/DecompressionError.swift", Self.examples).faults == [])
    }
}
