import Platform
import Testing

@testable import JSON

@Suite struct PythonAgreementTests {
    /// What Python's `json` accepts by design, and RFC 8259 or we do not.
    private static let lax = [
        "[NaN]", "[Infinity]", "[-Infinity]", #"["\ud834"]"#, #"["\udd1e"]"#, #"["\ud834\u0041"]"#, #"["\ud834x"]"#,
        #"["\ud834\ud834"]"#,
    ]

    private static let program = """
        import json, sys
        for line in sys.stdin:
            try:
                json.loads(bytes.fromhex(line.strip()).decode("utf-8"))
                print(1)
            except (ValueError, RecursionError):
                print(0)
        """

    @Test func `Python's library accepts and refuses the same, but for what it is known to be lax in`() async throws {
        let lax = Set(Self.lax.map { Array($0.utf8) })
        let cases = (JSONCase.good + JSONCase.bad).filter { !lax.contains($0.bytes) }
        let lines = cases.map { $0.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n" }
        let result = try await Subprocess.run(
            Command("/usr/bin/python3", ["-c", Self.program], input: Array(lines.joined().utf8)), timeout: .seconds(300)
        )
        let answers = result.output.split(separator: "\n")
        try #require(answers.count == cases.count, "\(result.errors)")
        for (answer, text) in zip(answers, cases) { #expect((answer == "1") == text.isGood, "\(text.testDescription)") }
    }
}
