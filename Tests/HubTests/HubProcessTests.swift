import Database
import Glibc
import JSON
import Platform
import Testing

@testable import Hub

@Suite struct HubProcessTests {
    @Test func `a report that was answered survives SIGKILL`() async throws {
        try await withFolder { data in
            let token = try await self.token(data)
            let exitCode = try await HubProgram.serving(data) { url, process in
                for sequence in 1...5 {
                    let reply = try await send(report(sequence: sequence), token, url)
                    #expect(reply.status == 200)
                }
                kill(process, SIGKILL)
            }
            #expect(exitCode == 128 + 9)
            try await HubProgram.serving(data) { url, _ in
                let shown = try await Reply.curl(["\(url)/api/v1/hosts/h1"]).json
                #expect(shown?["percent"] == .integer(50))
                #expect(shown?["missing"] == .array([]))
                #expect(try await send(report(sequence: 7), token, url).json?["missing"] == .array([.integer(6)]))
            }
        }
    }

    @Test func `the deepest JSON that is read does not bring it down, however small the default stack`() async throws {
        try await withFolder { data in
            let token = try await self.token(data)
            try await HubProgram.serving(data, stack: "512") { url, _ in
                // The report, its events and the event are three levels themselves.
                let depth = JSONReader.depthLimit - 3
                let deep = String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
                let reply = try await send(report(events: "[{\"a\": \(deep)}]"), token, url)
                #expect(reply.status == 200)
                #expect(try await send(report(events: "[{\"a\": [\(deep)]}]"), token, url).status == 400)
            }
        }
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to act for somebody else"))
    func `what root makes in the folder of who serves is theirs, so that they can go on with it`() async throws {
        try await withFolder { data in
            try Files.setMode(Files.folder(of: data), 0o755)
            try Folders.make(data, mode: 0o700)
            try Files.setOwner(data, user: 54321, group: 54321)
            #expect(try await HubProgram.run("add-host", "h1", "--data", data).succeeded)
            for name in try Folders.names(in: data) {
                #expect(try FileStatus.of("\(data)/\(name)")?.owner == 54321, "\(name)")
            }
            let them = Command(
                "/usr/bin/setpriv",
                [
                    "--reuid=54321", "--regid=54321", "--clear-groups", try HubProgram.path(), "add-host", "h2",
                    "--data",
                    data,
                ])
            let result = try await Subprocess.run(them, timeout: .seconds(300))
            #expect(result.succeeded, "\(result.errors)")
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends it with exit code 0`(signal: Int32) async throws {
        try await withFolder { data in
            let exitCode = try await HubProgram.serving(data) { url, process in
                let health = try await Reply.curl(["\(url)/health"])
                #expect(health.status == 200)
                kill(process, signal)
            }
            #expect(exitCode == 0)
        }
    }

    @Test func `a download that is running when the signal comes still ends whole`() async throws {
        try await withFolder { data in
            let file = "\(data).bin"
            defer { for path in [file, "\(data).part"] { try? Files.remove(path) } }
            try Files.replace(file, with: [UInt8](repeating: 7, count: 4 << 20), mode: 0o644)
            #expect(try await HubProgram.run("add-bundle", file, "--data", data).exitCode == 0)
            let exitCode = try await HubProgram.serving(data) { url, process in
                let download = Task {
                    try await Subprocess.run(
                        Command(
                            "/usr/bin/curl",
                            [
                                "-sS", "--limit-rate", "4M", "-o", "\(data).part", "-w", "%{size_download}",
                                "\(url)/artifacts/bundles/\(Files.name(of: file))",
                            ]))
                }
                while try FileStatus.of("\(data).part")?.size ?? 0 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                kill(process, SIGTERM)
                #expect(try await download.value.output == "\(4 << 20)")
            }
            #expect(exitCode == 0)
        }
    }

    @Test func `commands work while it serves, and it sees what they did`() async throws {
        try await withFolder { data in
            try await HubProgram.serving(data) { url, _ in
                let tokens = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let result = try await HubProgram.run("add-host", "h\(number)", "--data=\(data)")
                            #expect(result.exitCode == 0, "\(result.errors)")
                            return (number, String(result.output.dropLast()))
                        }
                    }
                    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                for (number, token) in tokens {
                    let reply = try await send(report(host: "h\(number)"), token, url, host: "h\(number)")
                    #expect(reply.status == 200)
                }
                let backup = "\(data).backup"
                defer { try? Files.remove(backup) }
                #expect(try await HubProgram.run("backup", backup, "--data", data).exitCode == 0)
                let copy = try DatabaseConnection.open(backup, migrations: Schema.migrations)
                #expect(try copy.row("SELECT count(*) FROM reports")?.integer(0) == 8)
            }
        }
    }

    @Test func `two on one port: the second says so and exits with 1`() async throws {
        try await withFolder { data in
            try await HubProgram.serving(data) { url, _ in
                let address = String(url.dropFirst("http://".count))
                let second = try await HubProgram.run("serve", "--data", data, "--listen", address)
                #expect(second.exitCode == 1)
                #expect(second.output.isEmpty)
                #expect(second.errors.contains(address))
            }
        }
    }

    /// A folder that nobody else makes.
    private static let nowhere = "/tmp/hub-process-tests-\(UInt64.random(in: 0 ... .max))"

    @Test(arguments: [
        [], ["nonsense"], ["serve"], ["serve", "--data", Self.nowhere, "--database", "x"],
        ["serve", "--data", Self.nowhere, "--listen", "x"], ["add-host", "--data", Self.nowhere],
        ["add-host", "a/b", "--data", Self.nowhere], ["add-host", "a", "b", "--data", Self.nowhere],
        ["user-data", "a", "--data", Self.nowhere, "--hub-url", "x"], ["backup", "f", "--data"],
        ["backup", "f", "--data", Self.nowhere, "--data", Self.nowhere],
    ])
    func `a wrong command line exits with 2, says how to do better, and touches nothing`(
        arguments: [String]
    ) async throws {
        let result = try await Subprocess.run(Command(HubProgram.path(), arguments))
        #expect(result.exitCode == 2)
        #expect(result.errors.contains("hint: "))
        #expect(result.output.isEmpty)
        #expect(try FileStatus.of(Self.nowhere) == nil)
    }

    @Test(arguments: [
        [], ["serve"], ["add-host"], ["list-hosts"], ["remove-host"], ["revoke-token"], ["add-bundle"], ["add-binary"],
        ["user-data"], ["backup"],
    ])
    func `help has an example`(command: [String]) async throws {
        let result = try await Subprocess.run(Command(HubProgram.path(), command + ["--help"]))
        #expect(result.exitCode == 0)
        #expect(result.output.contains("example: bootstrap-hub"))
    }

    @Test func `the version tells what is linked in`() async throws {
        let lines = try await HubProgram.run("--version").output.split(separator: "\n").map {
            $0.split(separator: " ")[0]
        }
        #expect(lines == ["bootstrap-hub", "libpq", "sqlite3", "libmicrohttpd"])
    }

    private func token(_ data: String) async throws -> String {
        let result = try await HubProgram.run("add-host", "h1", "--data", data)
        #expect(result.exitCode == 0)
        return String(result.output.dropLast())
    }

    private func send(_ body: String, _ token: String, _ url: String, host: String = "h1") async throws -> Reply {
        try await Reply.curl(
            ["-H", "Authorization: Bearer \(token)", "--data-binary", "@-", "\(url)/api/v1/hosts/\(host)/status"],
            input: Array(body.utf8))
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        try await body("\(folder)/data")
    }
}
