import Platform
@testable import Steps
import Support
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

    @Test func `marks behind special characters change nothing, and nothing is run`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/environment-tests-")
        defer { try? Folders.removeTree(folder) }
        let values = MarkedTexts.all + MarkedTexts.attacks("touch \(folder)/run")
        let names = values.indices.map { "V\($0 + 10_000)" }
        let text = EnvironmentText.render(Dictionary(uniqueKeysWithValues: zip(names, values)))
        try Files.replace("\(folder)/e", with: Array(text.utf8), mode: 0o600)
        let print = names.map { "printf '%s\\0' \"$\($0)\"" }.joined(separator: "\n")
        for shell in ["/bin/dash", "/bin/bash"] {
            let result = try await Subprocess.run(
                Command(shell, ["-eu"], input: Array(". \(folder)/e\n\(print)\n".utf8)))
            let read = result.output.parts(at: "\0").dropLast()
            #expect(read.count == values.count, "\(result.errors)")
            for (value, found) in zip(values, read) {
                #expect(found.hasSameBytes(as: value), "\(value.debugDescription)")
            }
        }
        #expect(try Folders.names(in: folder) == ["e"])
    }

    @Test(arguments: MarkedTexts.marks)
    func `a mark behind = or a line's end shows nothing of what is hidden`(mark: String) {
        let text = "TOKEN=\(mark)CANARY=1\nB=x\r\nTOKEN=CANARY\r\nB=\(mark)\n\(mark)CANARY\n"
        let masked = EnvironmentText.masked(text, showing: ["B"], salt: 7)
        #expect(masked.utf8.firstRange(of: "CANARY".utf8) == nil, "\(masked)")
        #expect(masked.utf8.firstRange(of: "B=x".utf8) != nil)
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
