import Compression
import Platform
import Testing

@Suite struct DecompressionErrorTests {
    static let examples: [DecompressionError] = [
        .damaged("r"), .tooMuchMemory(need: "1 GiB", remedy: "r"), .trailing(after: "zstd frame"), .interrupted,
        .disk(SystemCallError("pread", "/a", code: 5)),
    ]

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: DecompressionError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }
}
