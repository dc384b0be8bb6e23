import Platform
import Testing

/// Whom the stub works as: a user with a home, never root.
@Suite struct StubAccountTests {
    static let needsRoot = ConditionTrait.enabled(if: Account.currentUser == 0, "needs root, to become another user")
    /// Tells who runs it, where, and as which process.
    static let program =
        "#!/bin/sh\necho \"$(id -un) $(id -gn) $(id -G) $HOME $PWD ${NOTIFY_SOCKET:-none} $USER $LOGNAME\"\n"

    @Test(arguments: ["$(touch /tmp/stub-evil)", "a b", "-x", "a'b", "*", "0", "00", "1000", "a\nb", ".", "a:b", "+0"])
    func `a hostile user name is refused, never run`(name: String) async throws {
        for shell in StubTests.shells {
            let settings = Command.plainEnvironment.merging(["BOOTSTRAP_USER": name]) { $1 }
            let result = try await Subprocess.run(
                Command(shell[0], Array(shell.dropFirst()) + [StubTests.stub], environment: settings))
            #expect(result.exitCode == 2)
            #expect(result.errors.contains("BOOTSTRAP_USER"))
            #expect(try FileStatus.of("/tmp/stub-evil") == nil)
        }
    }

    @Test(
        needsRoot,
        arguments: [
            [:], ["SUDO_USER": "root"], ["BOOTSTRAP_USER": "root"], ["BOOTSTRAP_USER": "root", "SUDO_USER": "daemon"],
        ])
    func `root is never the bootstrap user`(settings: [String: String]) async throws {
        let environment = Command.plainEnvironment.merging(settings) { $1 }
        let result = try await Subprocess.run(Command("/bin/dash", [StubTests.stub], environment: environment))
        #expect(result.exitCode == 4)
        #expect(result.errors.contains("root is never the bootstrap user"))
    }

    @Test func `a user that does not exist is refused`() async throws {
        let settings = Command.plainEnvironment.merging(["BOOTSTRAP_USER": "no-such-user"]) { $1 }
        let result = try await Subprocess.run(Command("/bin/dash", [StubTests.stub], environment: settings))
        #expect(result.exitCode == 4)
        #expect(result.errors.contains("there is no user no-such-user"))
    }

    @Test func `root by another name is refused`() async throws {
        try await StubUser.with { user in
            let fakeGetent = "#!/bin/sh\necho 'toor:x:0:0::/root:/bin/sh'\n"
            let result = try await user.run(
                ["/bin/dash"], ["BOOTSTRAP_USER": "toor", "PATH": try user.path(scripts: ["getent": fakeGetent])])
            #expect(result.exitCode == 4)
            #expect(result.errors.contains("toor is root by another name"))
        }
    }

    @Test(needsRoot, arguments: StubTests.shells, ["pipe", "file"])
    func `root hands all over to the user, as cloud-init starts it and from a pipe`(shell: [String], way: String)
        async throws
    {
        try await StubUser.with { user in
            let account = try #require(try await Account.lookUp(user.name))
            var environment = user.environment
            environment["BOOTSTRAP_BINARY_SHA256"] = try user.publish(Self.program)
            environment["BOOTSTRAP_ROOT"] = ""
            environment["NOTIFY_SOCKET"] = "/run/systemd/notify"
            let piped = way == "pipe"
            let result = try await Subprocess.run(
                Command(
                    // Root's own further groups are lost on the way.
                    "/usr/bin/setpriv", ["--groups", "0,4"] + shell + (piped ? [] : [StubTests.stub]),
                    environment: environment,
                    input: piped ? try Files.read(StubTests.stub) : [], workingDirectory: "/"))
            #expect(
                result.output
                    == "\(user.name) \(user.name) \(account.group) \(user.home) / none \(user.name) \(user.name)\n",
                "\(result.errors)")
            let root = "\(user.home)/cocalc-host"
            for path in ["", "/bin", "/bin/host-bootstrap", "/bootstrap", "/bootstrap/bootstrap.log"] {
                #expect(try FileStatus.of(root + path)?.owner == account.user)
            }
        }
    }

    @Test(
        needsRoot,
        arguments: [
            (missing: "setpriv", same: false), (missing: "runuser", same: true), (missing: "getent", same: true),
        ])
    func `what a host lacks is made up for`(missing: String, same: Bool) async throws {
        try await StubUser.with { user in
            var environment = user.environment
            environment["BOOTSTRAP_BINARY_SHA256"] = try user.publish("#!/bin/sh\necho $$ $(id -un)\n")
            environment["PATH"] = try user.path(without: [missing])
            let result = try await Subprocess.run(
                Command(
                    "/bin/dash", ["-c", "echo $$; exec /bin/dash \"$0\"", StubTests.stub], environment: environment))
            let words = result.output.split(whereSeparator: \.isWhitespace)
            try #require(words.count == 3, "\(result.errors)")
            #expect(words[2] == user.name)
            // The same process from first to last: nothing stands between a signal and the agent.
            #expect(!same || words[0] == words[1])
        }
    }

    @Test(needsRoot) func `a link in the user's folder leads root nowhere`() async throws {
        try await StubUser.with { user in
            let secret = try Folders.makeTemporary(prefix: "/tmp/stub-secret-")
            try Files.replace("\(secret)/file", with: [], mode: 0o600)
            let settings = ["BOOTSTRAP_BINARY_SHA256": try user.publish(Self.program)]
            _ = try await user.run(["/bin/dash"], settings)
            try Files.replaceLink("\(user.root)/bootstrap/bootstrap.log", target: "\(secret)/file")
            let result = try await user.run(["/bin/dash"], settings)
            #expect(try Files.text("\(secret)/file") == "")
            #expect(result.exitCode == 1)
            try Folders.removeTree(secret)
        }
    }

    @Test(needsRoot) func `without a way to become the user it says so`() async throws {
        try await StubUser.with { user in
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": try user.publish(Self.program),
                "PATH": try user.path(without: ["setpriv", "runuser"]),
            ]
            let result = try await user.run(["/bin/dash"], settings)
            #expect(result.exitCode == 4)
            #expect(result.errors.contains("can become \(user.name)"))
        }
    }

    @Test(needsRoot) func `under sudo it is the user who called sudo`() async throws {
        try await StubUser.with { user in
            let settings = [
                "BOOTSTRAP_BINARY_SHA256": try user.publish(Self.program), "BOOTSTRAP_USER": "", "SUDO_USER": user.name,
            ]
            #expect(try await user.run(["/bin/dash"], settings).output.hasPrefix("\(user.name) "))
        }
    }

    @Test(needsRoot, arguments: StubTests.shells)
    func `a user without HOME, in a folder that it cannot read, is found`(shell: [String]) async throws {
        try await StubUser.with { user in
            var environment = user.environment
            environment["BOOTSTRAP_BINARY_SHA256"] = try user.publish(Self.program)
            environment["BOOTSTRAP_USER"] = nil
            // A copy, since the checkout may be where this user cannot go.
            try Files.replace("\(user.home)/stub.sh", with: try Files.read(StubTests.stub), mode: 0o644)
            let locked = try Folders.makeTemporary(prefix: "/tmp/stub-locked-")
            let become =
                ["--reuid", user.name, "--regid", user.name, "--init-groups"] + shell + ["\(user.home)/stub.sh"]
            let result = try await Subprocess.run(
                Command("/usr/bin/setpriv", become, environment: environment, workingDirectory: locked))
            try Folders.removeTree(locked)
            #expect(result.output.contains(" \(user.home) / none \(user.name) "), "\(result.errors)")
            environment["BOOTSTRAP_USER"] = "daemon"
            let refused = try await Subprocess.run(Command("/usr/bin/setpriv", become, environment: environment))
            #expect(refused.exitCode == 4)
            #expect(refused.errors.contains("only root can run this for daemon"))
        }
    }
}
