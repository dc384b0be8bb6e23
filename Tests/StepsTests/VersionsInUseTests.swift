import Platform
import Testing

@testable import Steps

@Suite struct VersionsInUseTests {
    private static let sleep = "/usr/bin/sleep"

    /// How a process may use a version, as a shell starts it in its folder.
    @Test(arguments: [
        "./sleep 60", "sh -c 'cd bin; exec sleep 60'", "tail -f \"$PWD/log\"", "sh -c 'sleep 60; :' \"$PWD/bin\"",
    ])
    func `a version that a process runs, stands in or was started with is in use`(line: String) async throws {
        try await with { top async throws in
            let folder = "\(top)/1.0"
            let child = try Coprocess(
                Command("/bin/sh", ["-c", "(exec \(line)) & read _; kill $!"], workingDirectory: folder)
            ) { _ in }
            try await Task.sleep(for: .milliseconds(200))
            let use = try VersionsInUse(units: "\(top)/units")
            #expect(use.refer(to: folder))
            #expect(!use.refer(to: "\(top)/1"))
            #expect(!use.refer(to: "\(top)/2.0"))
            child.closeInput()
            _ = await child.wait(patience: .seconds(5))
        }
    }

    @Test(arguments: [
        ("ExecStart=@/bin/tool\n", true), ("ExecStart=@.1/bin/tool\n", false), ("WorkingDirectory=@", true),
        ("ExecStart=@/\u{301}tool\n", true), ("Environment=A=\u{301}@\r\n", true), ("ExecStart=/x@\u{301}/tool", false),
    ])
    func `a version that a unit file names is in use`(text: String, isUsed: Bool) async throws {
        try await with { top async throws in
            let unit = text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "\(top)/1.0")
            try Files.replace("\(top)/units/x.service", with: Array(unit.utf8), mode: 0o644)
            #expect(try VersionsInUse(units: "\(top)/units").refer(to: "\(top)/1.0") == isUsed)
        }
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(top) }
        for folder in ["1.0/bin", "2.0", "units"] { try Folders.make("\(top)/\(folder)") }
        try Files.replace("\(top)/1.0/log", with: [], mode: 0o600)
        try Files.replace("\(top)/1.0/sleep", with: try Files.read(Self.sleep), mode: 0o755)
        try await body(top)
    }
}
