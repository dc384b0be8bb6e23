import Glibc
import HostConfig
import Platform
import Testing

@Suite struct SecretTests {
    @Test func `a secret is shown by nothing but reveal`() throws {
        let secret = Secret(literal: "CANARY")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(secret as Any)"] {
            #expect(text.contains("‹secret›") && !text.contains("CANARY"))
        }
        #expect(try secret.reveal() == "CANARY")
    }

    @Test(arguments: [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), (" a b ", " a b ")])
    func `a file's one line is the secret`(content: String, secret: String) throws {
        try withFile(Array(content.utf8)) { path in
            let revealed = try Secret(file: path).reveal()
            #expect(revealed == secret)
        }
    }

    @Test(arguments: [
        [], [0x0a], Array("a\nb".utf8), Array("a\n\n".utf8), [0x61, 0], [0xff],
        [UInt8](repeating: 0x61, count: 1 << 17),
    ])
    func `a file of anything else is refused`(content: [UInt8]) throws {
        try withFile(content) { path in
            #expect(throws: SecretError.self) { try Secret(file: path).reveal() }
        }
    }

    @Test func `a file that is missing is named`() {
        #expect(throws: SecretError.unreadable(SystemCallError("open", "/no/such/secret", code: 2))) {
            try Secret(file: "/no/such/secret").reveal()
        }
    }

    @Test func `a secret reference in the config is read from there`() throws {
        try withFile(Array("s3cret\n".utf8)) { path in
            let config = try ConfigFile.load(
                #""environment": {"A": {"file": "\#(path)"}, "B": {"environment": "HOME"}, "C": {"environment": "NO_SUCH"}}"#
            )
            #expect(try config.environment["A"]?.reveal() == "s3cret")
            #expect(try config.environment["B"]?.reveal() != "")
            #expect(throws: SecretError.notSet(name: "NO_SUCH")) { try config.environment["C"]?.reveal() }
        }
    }

    @Test func `a credential is a file in the folder that systemd names`() throws {
        let secret = try ConfigFile.load(#""environment": {"A": {"credential": "token"}}"#).environment["A"]
        unsetenv("CREDENTIALS_DIRECTORY")
        #expect(throws: SecretError.noCredentials(name: "token")) { try secret?.reveal() }
        let folder = try Folders.makeTemporary(prefix: "/tmp/secret-tests-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/token", with: Array("s3cret\n".utf8), mode: 0o400)
        setenv("CREDENTIALS_DIRECTORY", folder, 1)
        defer { unsetenv("CREDENTIALS_DIRECTORY") }
        #expect(try secret?.reveal() == "s3cret")
    }

    private func withFile(_ content: [UInt8], _ body: (String) throws -> Void) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/secret-tests-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/secret", with: content, mode: 0o600)
        try body("\(folder)/secret")
    }
}
