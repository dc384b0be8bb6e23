import Platform
import Testing

@testable import Projects

@Suite struct ProjectIdentityTests {
    @Test(arguments: [
        ("package.json", #"{"name": "@acme/Web_App", "version": "1.2.3"}"#, "web-app", "1.2.3"),
        ("package.json", #"{"private": true}"#, nil, nil),
        ("pyproject.toml", "[project]\nname = \"My_Tool\"\nversion = '0.3'\n", "my-tool", "0.3"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndynamic = [\"version\"]\n", "x", nil),
        ("pyproject.toml", "[tool.black]\nname = \"x\"\n", nil, nil),
    ])
    func `a project is called what its own file says, as a bundle can be`(
        file: String, text: String, name: String?, version: String?
    ) throws {
        try with { folder in
            try Files.replace("\(folder)/\(file)", with: Array(text.utf8), mode: 0o644)
            let identity = try #require(try ProjectIdentity.of(folder))
            #expect(identity.name == name && identity.version == version)
        }
    }

    @Test func `a folder that is no project of a kind known has no name`() throws {
        try with { (folder) throws in
            let identity = try ProjectIdentity.of(folder)
            #expect(identity == nil)
        }
    }

    @Test(arguments: [
        (#"{"name": 7}"#, #""name" is a number, and should be a string"#), ("[]", "is no JSON object"), ("{", ""),
    ])
    func `a package.json that is none is told of with its place`(text: String, words: String) throws {
        try with { folder in
            try Files.replace("\(folder)/package.json", with: Array(text.utf8), mode: 0o644)
            let error = try #require(throws: ProjectError.self) { try ProjectIdentity.of(folder) }
            #expect(error.explanation.place == "\(folder)/package.json" && error.explanation.problem.contains(words))
        }
    }

    @Test(arguments: [
        ("ln -s /etc/passwd package.json", "is a link"), ("mkfifo package.json", "is no regular file"),
        ("mkdir package.json", "is no regular file"), ("truncate -s 2M package.json", "is longer than 1 MiB"),
        (#"printf '\377' > pyproject.toml"#, "is no UTF-8"),
    ])
    func `what only bears a project file's name is neither followed, waited for nor read`(
        line: String, words: String
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/project-identity-tests-")
        defer { try? Folders.removeTree(folder) }
        let made = try await Subprocess.run(Command("/bin/sh", ["-c", line], workingDirectory: folder))
        try #require(made.succeeded, "\(made.errors)")
        let error = try #require(throws: ProjectError.self) { try ProjectIdentity.of(folder) }
        #expect(error.explanation.problem.contains(words), "\(error.explanation)")
    }

    @Test(arguments: [
        ("@scope/name", "name"), ("UPPER", "upper"), ("a..b__c", "a-b-c"), ("-a-", "a"), ("é", nil), ("", nil),
        (String(repeating: "a", count: 47) + "-b", String(repeating: "a", count: 47)),
    ])
    func `a bundle's name is small letters, digits and single dashes`(text: String, name: String?) {
        #expect(ProjectIdentity.bundleName(text) == name)
    }

    private func with(_ body: (String) throws -> Void) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/project-identity-tests-")
        defer { try? Folders.removeTree(folder) }
        try body(folder)
    }
}
