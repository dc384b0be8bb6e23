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
}
