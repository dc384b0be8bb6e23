import Compression
import Platform
import Testing

@Suite struct DecompressionErrorTests {
    static let examples: [DecompressionError] = [
        .damaged("r"), .tooMuchMemory("1 GiB"), .interrupted, .disk(SystemCallError("pread", "/a", code: 5)),
    ]

    @Test(arguments: examples)
    func `every error says what happened and what to do`(error: DecompressionError) {
        #expect(!error.explanation.problem.isEmpty)
        #expect(!error.explanation.hint.isEmpty)
    }
}
