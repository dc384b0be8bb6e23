import Digests
import Platform
import Testing

/// A user to bootstrap as: as root a real throw-away one, otherwise the caller, with a folder of its own.
struct StubUser {
    let name: String
    let home: String
    var root: String { "\(home)/root with space" }

    /// A sudo that lets the user do all: for one who has no way to root the stub would give this machine a helper.
    private var sudo: String { "\(home)/.sudo" }

    /// Gives `body` a user that is gone afterwards, with all its files.
    static func with(_ body: (StubUser) async throws -> Void) async throws {
        let user = try await make()
        try Folders.make(user.sudo, mode: 0o755)
        try Files.replace("\(user.sudo)/sudo", with: Array("#!/bin/sh\nexit 0\n".utf8), mode: 0o755)
        do { try await body(user) } catch {
            try? await user.remove()
            throw error
        }
        try await user.remove()
    }

    private static func make() async throws -> StubUser {
        let number = UInt32.random(in: 0 ... .max)
        guard Account.currentUser == 0 else {
            let name = try await Account.lookUp("\(Account.currentUser)")?.name ?? ""
            return StubUser(name: name, home: try Folders.makeTemporary(prefix: "/tmp/stub-tests-"))
        }
        let user = StubUser(name: "stub\(number)", home: "/tmp/stub-home-\(number)")
        try await user.change(
            "/usr/sbin/useradd", ["--create-home", "--home-dir", user.home, "--no-log-init", user.name])
        return user
    }

    private func remove() async throws {
        if Account.currentUser == 0 { try await change("/usr/sbin/userdel", [name]) }
        try Folders.removeTree(home)
    }

    /// Tests run at once, and the wait for the user list's own lock ends after 15 seconds (lckpwdf(3)).
    private func change(_ program: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(Command("/usr/bin/flock", [StubTests.stub, program] + arguments))
        guard result.succeeded else { throw SystemCallError(program, result.errors, code: result.exitCode) }
    }

    /// Puts a program where the stub fetches it; its digest comes back.
    func publish(_ program: String, as name: String = "agent") throws -> String {
        try Folders.make(Files.folder(of: "\(home)/\(name)"))
        try Files.replace("\(home)/\(name)", with: Array(program.utf8), mode: 0o644)
        return Digest.of(program.utf8).hex
    }

    /// A search path that holds just what the stub may need, with some programs left out or replaced by scripts.
    ///
    /// xz and gzip are there only where a test is about compressed forms, so that other tests see one request.
    func path(
        without missing: Set<String> = [], scripts: [String: String] = [:], packers: Bool = false
    ) throws -> String {
        let folder = "\(home)/tools"
        let programs =
            [
                "sh", "cat", "cp", "cut", "chmod", "date", "env", "getent", "grep", "id", "mkdir", "mv", "openssl",
                "rm",
                "sed", "setpriv", "runuser", "sha256sum", "sleep", "tee", "test", "timeout", "touch", "tr", "uname",
                "curl", "wget", "printf",
            ] + (packers ? ["xz", "gzip"] : [])
        try Folders.make(folder)
        for program in programs where !missing.contains(program) && scripts[program] == nil {
            let homes = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
            let place = try homes.first { try FileStatus.of("\($0)/\(program)") != nil }
            try Files.replaceLink("\(folder)/\(program)", target: "\(try #require(place))/\(program)")
        }
        for (program, text) in scripts {
            try Files.replace("\(folder)/\(program)", with: Array(text.utf8), mode: 0o755)
        }
        return folder
    }

    /// The stub's settings for this user, without a digest.
    var environment: [String: String] {
        Command.plainEnvironment.merging(
            [
                "PATH": "\(sudo):\(Command.plainEnvironment["PATH"] ?? "")",
                "BOOTSTRAP_USER": name, "BOOTSTRAP_ROOT": root, "BOOTSTRAP_CONFIG": "\(home)/host.json",
                "BOOTSTRAP_BINARY_URL": "file://\(home)/agent",
            ],
            uniquingKeysWith: { $1 })
    }

    /// Runs the stub from its file; an empty setting is as good as none.
    func run(
        _ shell: [String], _ settings: [String: String], in folder: String? = nil
    ) async throws -> CommandResult {
        try await Subprocess.run(
            Command(
                shell[0], Array(shell.dropFirst()) + [StubTests.stub],
                environment: environment.merging(settings) { $1 }, workingDirectory: folder),
            timeout: .seconds(120))
    }

    /// The stub's log; nil when it made none.
    func log() throws -> String? { try Files.text("\(root)/bootstrap/bootstrap.log") }
}
