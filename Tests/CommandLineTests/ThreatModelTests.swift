import Platform
import Support
import Testing

/// The threat model claims nothing that no test shows.
@Suite struct ThreatModelTests {

    @Test func `each of its lines names tests, and they are there`() throws {
        let text = try #require(try Files.text("\(Checkout.folder)/docs/threat-model.md"))
        let claims = Self.claims(text)
        #expect(claims.count > 20)
        let suites = try Self.suites()
        for claim in claims {
            let named = claim.split(separator: "`").map(String.init).filter { word in
                ["Tests", "Scenario"].contains(where: word.hasSuffix) && word.allSatisfy { $0.isLetter || $0.isNumber }
            }
            #expect(!named.isEmpty, "no test is named by: \(claim)")
            for name in named { #expect(suites.contains(name), "\(name) is nowhere, and named by: \(claim)") }
        }
    }

    @Test func `a line without a test, and one with a test that is not there, would be found`() throws {
        let claims = Self.claims(
            """
            | who | trusted for | not trusted for |
            |---|---|---|
            | a | b | c, always |
            | nobody | everything | – |

            **Words** are
            split.

            Else nothing.
            """)
        #expect(claims == ["| a | b | c, always |", "**Words** are\nsplit."])
        #expect(try Self.suites().contains("ThreatModelTests"))
        #expect(try !Self.suites().contains("NoSuchTests"))
    }

    /// The table's rows that distrust somebody, and the paragraphs that begin in bold.
    private static func claims(_ text: String) -> [String] {
        var paragraphs: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { paragraphs.append([]) } else { paragraphs[paragraphs.count - 1].append(line) }
        }
        let rows = paragraphs.filter { $0.first?.hasPrefix("|") == true }.flatMap { $0.dropFirst(2) }
        return rows.filter { !$0.hasSuffix("| – |") }.map(String.init)
            + paragraphs.filter { $0.first?.hasPrefix("**") == true }.map { $0.joined(separator: "\n") }
    }

    private static func suites() throws -> Set<String> {
        var found: Set<String> = []
        let folders =
            try Folders.names(in: "\(Checkout.folder)/Tests").map { "Tests/\($0)" } + ["integration-vm/scenarios"]
        for folder in folders {
            for file in try Folders.names(in: "\(Checkout.folder)/\(folder)") where file.hasSuffix(".swift") {
                let text = try Files.text("\(Checkout.folder)/\(folder)/\(file)") ?? ""
                for part in text.split(separator: "struct ").dropFirst() {
                    found.insert(String(part.prefix { $0.isLetter || $0.isNumber }))
                }
            }
        }
        return found
    }
}
