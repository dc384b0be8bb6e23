import Glibc
import Platform
import Support
import Synchronization
import Testing

@testable import Hub

/// Adding, listing and removing users as people type it.
@Suite struct UserCommandTests {
    @Test func `users are added by a password on standard input, listed, changed and removed`() async throws {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let added = try await add(["anna", "--role", "operator", "--data", data], "correct horse battery\nmore\n")
            #expect(added.exitCode == 0 && added.errors.contains("operator anna is added"), "\(added.errors)")
            #expect(added.output.isEmpty && !added.errors.contains("horse"))
            #expect(try await hub.logIn("anna", "correct horse battery").status == 200)
            let program = try await HubProgram.run(
                "add-user", "prometheus", "--role=viewer", "--token", "--data", data)
            let token = String(program.output.dropLast())
            #expect(try await hub.get("/metrics", as: token).status == 200)
            let proxied = try await HubProgram.run(
                "add-user", "chief@example.org", "--role", "operator", "--no-password", "--data", data)
            #expect(proxied.exitCode == 0 && proxied.output.isEmpty)
            #expect(
                try await HubProgram.run("list-users", "--data", data).output
                    == "anna\toperator\tpassword\t-\nchief@example.org\toperator\tproxy\t-\nprometheus\tviewer\ttoken\t-\n"
            )
            let changed = try await add(["anna", "--role", "viewer", "--data", data], "another horse battery\r\n")
            #expect(changed.exitCode == 0 && changed.errors.contains("viewer anna is changed, and logged out"))
            #expect(try await hub.logIn("anna", "correct horse battery").status == 401)
            #expect(try await hub.logIn("anna", "another horse battery").json?["role"]?.text == "viewer")
            #expect(try await HubProgram.run("remove-user", "anna", "--data", data).exitCode == 0)
            #expect(try await hub.logIn("anna", "another horse battery").status == 401)
            let gone = try await HubProgram.run("remove-user", "anna", "--data", data)
            #expect(gone.exitCode == 1 && gone.errors.contains("there is no such user"))
            // A command in a hint can be typed as it stands.
            #expect(
                gone.errors.hasSuffix("hint: bootstrap-hub list-users --data \(data) shows all\n"), "\(gone.errors)")
        }
    }

    @Test
    func `a password that is too short, a role or a name that is none, and a password on the command line are refused`()
        async throws
    {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let cases: [([String], String, Int32, String)] = [
                (["anna", "--role", "viewer"], "too short\n", 1, "12 characters"),
                (["anna", "--role", "viewer"], "", 1, "12 characters"),
                (["anna", "--role", "viewer"], String(repeating: "x", count: 3000) + "\n", 1, "1024 bytes"),
                (["anna", "--role", "admin"], "", 2, "not a role"), (["anna"], "", 2, "--role is missing"),
                (["a b", "--role", "viewer"], "", 2, "not a name for a user"),
                (["p", "--role", "viewer", "--expires", "12h"], "", 2, "--token is missing"),
                (["p", "--role", "viewer", "--token", "--no-password"], "", 2, "only one of --token"),
                (["p", "--role", "viewer", "--token", "--expires", "0d"], "", 2, "as in 90d"),
                (["anna", "correct horse battery", "--role", "viewer"], "", 2, "unexpected argument"),
            ]
            for (arguments, input, code, told) in cases {
                let result = try await add(arguments + ["--data", data], input)
                #expect(result.exitCode == code && result.errors.contains(told), "\(arguments): \(result.errors)")
            }
            #expect(try hub.hub.users().isEmpty)
        }
    }

    @Test(arguments: [
        (["correct horse battery", "correct horse battery"], "is added", 0),
        (["correct horse\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}tower battery", "correct tower battery"], "is added", 0),
        (["correct horse battery", "correct horse bakery"], "not the same", 1),
        (["correct horse\u{3}", ""], "nothing was typed", 1),
    ])
    func `at a terminal it asks twice, and shows nothing of what is typed`(
        typed: [String], told: String, code: Int
    ) async throws {
        try await LiveHub.with { hub in
            let answers = try hub.file("answers", Array(typed.joined(separator: "\n").utf8))
            let result = try await Subprocess.run(
                Command(
                    "/usr/bin/python3",
                    [
                        "-B", TypedTerminal.script, answers, try HubProgram.path(), "add-user", "anna", "--role",
                        "viewer",
                        "--data", "\(hub.folder)/data",
                    ]), timeout: .seconds(90))
            #expect(result.output.contains(told) && result.output.hasSuffix(" \(code)\n"), "\(result)")
            #expect(result.output.contains("password (12 characters at least): "))
            for word in ["horse", "tower", "battery"] { #expect(!result.output.contains(word), "\(result.output)") }
            #expect(try hub.hub.users().count == 1 - code)
            if code == 0 { #expect(try await hub.logIn("anna", typed[1]).status == 200) }
        }
    }

    @Test func `a hub that listens elsewhere and has no users says that nobody may read, and how to change that`()
        async throws
    {
        try await LiveHub.with { hub in
            let cases: [([String], Bool)] = [
                ([], false), (["--listen", "0.0.0.0:0"], true),
                (["--listen", "0.0.0.0:0", "--trusted-proxy", "127.0.0.1", "--user-header", "X-Remote-User"], false),
            ]
            for (arguments, isTold) in cases {
                let address = arguments.isEmpty ? ["--listen", "127.0.0.1:0"] : []
                let serve = [try HubProgram.path(), "serve", "--data", "\(hub.folder)/other"] + address + arguments
                let process = Mutex<Int32?>(nil)
                // The shell tells its number, which exec keeps; it ends once it serves.
                let result = try await Subprocess.run(
                    Command("/bin/sh", ["-c", "echo $$; exec \"$@\" 2>&1", "sh"] + serve), timeout: .seconds(60)
                ) { line in
                    if let number = Int32(line) { process.withLock { $0 = number } }
                    if line.hasPrefix("listening on http"), let number = process.withLock({ $0 }) {
                        kill(number, SIGTERM)
                    }
                }
                #expect(result.exitCode == 0 && result.output.contains("listening on http"), "\(result)")
                #expect(result.output.contains("nobody may read from elsewhere") == isTold, "\(result)")
            }
            let half = try await HubProgram.run("serve", "--trusted-proxy", "::1", "--data", "\(hub.folder)/other")
            #expect(half.exitCode == 2 && half.errors.contains("--user-header is missing"))
        }
    }

    private func add(_ arguments: [String], _ password: String) async throws -> CommandResult {
        try await Subprocess.run(
            Command(try HubProgram.path(), ["add-user"] + arguments, input: Array(password.utf8)),
            timeout: .seconds(60))
    }
}
