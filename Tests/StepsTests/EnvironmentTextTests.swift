import Platform
@testable import Steps
import Testing

@Suite struct EnvironmentTextTests {
    static let values = ["plain", "", "two words", "a\"b\\c$d`e", "$(touch /tmp/evil)", "#no comment", "ü"]

    @Test(arguments: values)
    func `a real shell reads back exactly the value`(value: String) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/environment-tests-")
        try Files.replace("\(folder)/e", with: Array(EnvironmentText.render(["V": value]).utf8), mode: 0o600)
        let result = try await Subprocess.run(Command("/bin/sh", ["-c", ". \(folder)/e; printf %s \"$V\""]))
        #expect(result.output == value)
        try Folders.removeTree(folder)
    }

    @Test func `names are sorted so that the same values give the same file`() {
        #expect(EnvironmentText.render(["B": "2", "A": "1"]) == EnvironmentText.head + "A=1\nB=2\n")
    }

    @Test func `hidden values tell nothing but that they differ`() {
        let old = "# head\nA=1\nTOKEN=CANARY1\nTWO=\"CANARY2\nCANARY3 = x\"\n"
        let new = "# head\nA=2\nTOKEN=CANARY4\nTWO=\"CANARY2\nCANARY3 = x\"\n"
        let masked = [old, new].map { EnvironmentText.masked($0, showing: ["A"], salt: 7) }
        #expect(!masked.joined().contains("CANARY"))
        let lines = masked.map { $0.split(separator: "\n") }
        #expect(lines[0][..<2] == ["# head", "A=1"] && lines[1][1] == "A=2")
        #expect(lines[0][2] != lines[1][2] && lines[0][2].hasPrefix("TOKEN="))
        #expect(lines[0][3...] == lines[1][3...])
        #expect(EnvironmentText.masked(old, showing: ["A"], salt: 8) != masked[0])
    }
}
