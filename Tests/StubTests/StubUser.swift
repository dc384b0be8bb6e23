import Digests
import Platform

/// A user to bootstrap as: as root a real throw-away one, otherwise the caller, with a folder of its own.
struct StubUser {
    let name: String
    let home: String
    var root: String { "\(home)/root with space" }

    static func make() async throws -> StubUser {
        let number = UInt32.random(in: 0 ... .max)
        guard Account.currentUser == 0 else {
            let name = try await Account.lookUp("\(Account.currentUser)")?.name ?? ""
            return StubUser(name: name, home: try Folders.makeTemporary(prefix: "/tmp/stub-tests-"))
        }
        let user = StubUser(name: "stub\(number)", home: "/tmp/stub-home-\(number)")
        let result = try await Subprocess.run(
            Command("/usr/sbin/useradd", ["--create-home", "--home-dir", user.home, "--no-log-init", user.name]))
        guard result.succeeded else { throw SystemCallError("useradd", result.errors, code: result.exitCode) }
        return user
    }

    func remove() async throws {
        if Account.currentUser == 0 { _ = try await Subprocess.run(Command("/usr/sbin/userdel", [name])) }
        try Folders.removeTree(home)
    }

    var environment: [String: String] {
        Command.plainEnvironment.merging(
            [
                "BOOTSTRAP_USER": name, "BOOTSTRAP_ROOT": root, "BOOTSTRAP_CONFIG": "\(home)/host.json",
                "BOOTSTRAP_BINARY_URL": "file://\(home)/agent",
            ],
            uniquingKeysWith: { $1 })
    }

    /// Puts a program where the stub fetches it; its digest comes back.
    func publish(_ program: String) throws -> String {
        try Files.replace("\(home)/agent", with: Array(program.utf8), mode: 0o644)
        return Digest.of(program.utf8).hex
    }

    func run(_ shell: [String], _ settings: [String: String], patience: Duration = .seconds(60)) async throws
        -> CommandResult
    {
        try await Subprocess.run(
            Command(
                shell[0], Array(shell.dropFirst()) + [StubTests.stub],
                environment: environment.merging(settings) { $1 }),
            timeout: patience)
    }
}
