import Platform
import Testing

/// A host that was given a key takes its config from the hub by the stub, and from nobody else what the key did not sign.
@Suite(
    .serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"),
    .enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign to sign"))
struct SignedConfigScenario {
    private static let stub = "BOOTSTRAP_USER=ops sh /var/lib/host-bootstrap/stub.sh"

    @Test func `a host with a key takes what it signed, and refuses what whoever holds the hub made of it`()
        async throws
    {
        let owner = try await Owner()
        try await owner.publish(try await owner.config("trust.serial=1"))
        let userData = try await owner.userData()
        try await TestHost.with("signed", .init(options: ["--user-data", userData])) { host in
            let first = try await host.shell("cloud-init status --wait; tail -n 40 /var/log/cloud-init-output.log")
            try #require(first.output.contains("the host matches the config"), "\(first.output)")
            #expect(first.output.contains("signed by "), "\(first.output)")
            try await expectRemembered(host, owner)
            try await expectAttacksAreRefused(host, owner)
            // What the owner signs goes on being taken, and then none from before, and none whose time is over.
            try await owner.publish(try await owner.config("environment.A=\"2\"", "trust.serial=3"))
            let good = try await host.shell(Self.stub)
            #expect(good.exitCode == 0, "\(good.errors)")
            #expect(try await host.shell("grep -c A=2 /etc/cocalc/project-host.env").output == "1\n")
            try await owner.publish(try await owner.config("environment.A=\"1\"", "trust.serial=2"))
            try await expectRefused(host, "older than what this host has taken: its serial is 2")
            try await owner.publish(
                try await owner.config("trust.serial=4", "trust.expires=\"2020-01-01T00:00:00Z\""))
            try await expectRefused(host, "its time was over on 2020-01-01")
            #expect(try await host.shell("grep -c A=2 /etc/cocalc/project-host.env").output == "1\n")
            try await expectPullTakesWhatIsSigned(host, owner)
            try await expectForgettingIsOnPurpose(host, owner)
        }
    }

    /// Not by the timer: its first look is minutes away.
    private func expectPullTakesWhatIsSigned(_ host: TestHost, _ owner: Owner) async throws {
        let schedule = #"schedule={"every_minutes": 60, "mode": "repair"}"#
        try await owner.publish(try await owner.config("trust.serial=5", schedule))
        #expect(try await host.shell(Self.stub).exitCode == 0)
        let pull = "\(TestHost.root)/bin/host-bootstrap pull"
        let evil = try await owner.config("environment.A=\"evil\"", "trust.serial=6", schedule)
        for signing in [Owner.Signing.none, .otherKey] {
            try await owner.publish(evil, signing: signing)
            let pulled = try await host.shell(pull, user: "ops")
            #expect(pulled.exitCode == 5 && pulled.output.contains("failed: "), "\(pulled.output)\(pulled.errors)")
        }
        #expect(try await host.shell("grep -c evil /etc/cocalc/project-host.env").output == "0\n")
        try await owner.publish(try await owner.config("environment.A=\"6\"", "trust.serial=6", schedule))
        let pulled = try await host.shell(pull, user: "ops")
        #expect(pulled.exitCode == 0, "\(pulled.output)\(pulled.errors)")
        #expect(try await host.shell("grep -c A=6 /etc/cocalc/project-host.env").output == "1\n")
    }

    private func expectRemembered(_ host: TestHost, _ owner: Owner) async throws {
        let shown = try await host.shell("\(Site.agentInHost) trust", user: "ops")
        #expect(shown.output.contains("1 of these keys") && shown.output.contains(owner.key), "\(shown.output)")
        let copy = "\(TestHost.root)/config/bootstrap.json"
        let plan = try await host.shell("\(Site.agentInHost) plan --config \(copy)", user: "ops")
        #expect(plan.exitCode == 0, "\(plan.output)\(plan.errors)")
        let verify = "\(Site.agentInHost) status --verify"
        let seen = try await host.shell(verify, user: "ops")
        #expect(seen.exitCode == 0, "\(seen.output)\(seen.errors)")
        try await host.shell("mv \(copy).minisig \(copy).aside", user: "ops").check()
        let without = try await host.shell(verify, user: "ops")
        #expect(without.exitCode == 7 && without.output.contains("\(copy).minisig: absent"), "\(without.output)")
        try await host.shell("mv \(copy).aside \(copy).minisig", user: "ops").check()
    }

    private func expectAttacksAreRefused(_ host: TestHost, _ owner: Owner) async throws {
        let evil = try await owner.config("environment.A=\"evil\"")
        let receipt = "sha256sum \(TestHost.root)/bootstrap/state.json \(TestHost.root)/config/*"
        let before = try await host.shell(receipt).output
        try await owner.publish(evil, signing: .old)
        try await expectRefused(host, "is not signed as it must be")
        try await owner.publish(evil, signing: .otherKey)
        try await expectRefused(host, "is not signed as it must be")
        try await owner.publish(evil, signing: .none)
        try await expectRefused(host, "cannot fetch https://hub.test/bootstrap/signed/config.json.minisig")
        // By hand, and without a word of keys.
        for command in ["apply", "plan", "preflight", "check"] {
            let run = try await host.agent(command, config: evil)
            #expect(
                run.exitCode == 5 && run.result.errors.contains("is not signed"), "\(command): \(run.result.errors)")
        }
        #expect(try await host.shell(receipt).output == before)
        #expect(try await host.shell("grep -c evil /etc/cocalc/project-host.env").output == "0\n")
    }

    private func expectRefused(_ host: TestHost, _ words: String) async throws {
        let run = try await host.shell(Self.stub)
        #expect(run.exitCode == 5 && run.errors.contains(words), "\(run.exitCode): \(run.errors)")
    }

    private func expectForgettingIsOnPurpose(_ host: TestHost, _ owner: Owner) async throws {
        let removed = try await host.shell(
            "\(TestHost.root)/bin/host-bootstrap uninstall --root \(TestHost.root)", user: "ops")
        #expect(removed.exitCode == 0, "\(removed.errors)")
        let config = try await owner.config()
        #expect(try await host.agent("check", config: config).exitCode == 5)
        let forgotten = try await host.shell("\(Site.agentInHost) trust --forget", user: "ops")
        #expect(forgotten.output.hasPrefix("forgotten"), "\(forgotten)")
        #expect(try await host.agent("check", config: config).exitCode == 0)
    }
}

/// Who owns the host has the key where the hub is not.
private struct Owner {
    enum Signing { case good, old, otherKey, none }

    let folder: String
    let key: String

    init() async throws {
        folder = try Folders.makeTemporary(prefix: "\(Site.folder ?? "/tmp")/owner-")
        try await Self.shell("for k in k other; do minisign -G -W -p $k.pub -s $k.key >&2; done", in: folder)
        key = try await Self.shell("tail -n 1 k.pub", in: folder).split(separator: "\n").joined()
    }

    /// A config that is applied in seconds.
    func config(_ changes: String...) async throws -> String {
        let without = [
            "bundle_urls=", "bundle_checksums=", "node_version=", "node=", "apt_packages=[]", "btrfs_image_target_gb=",
            "services=",
        ]
        return try await Site.config("signed", changes: without + changes)
    }

    /// Puts a config to the hub, with a signature beside it; `old` is what was signed before.
    func publish(_ config: String, signing: Signing = .good) async throws {
        let line =
            switch signing {
            case .good: "minisign -S -W -s k.key -m host.json -t 'for signed' >&2"
            case .old: ":"
            case .otherKey: "minisign -S -W -s other.key -m host.json >&2"
            case .none: "rm -f host.json.minisig"
            }
        try await Self.shell("cp \(config) host.json; \(line)", in: folder)
        try await Site.run("hub", "add-host", "signed", "--config", "\(folder)/host.json")
    }

    /// The file with the user-data that gives a host the key.
    func userData() async throws -> String {
        let script = try await Site.run(
            "hub", "user-data", "signed", "--hub-url", "https://hub.test", "--config-key", key)
        try Files.replace("\(folder)/user-data", with: Array(script.utf8), mode: 0o600)
        return "\(folder)/user-data"
    }

    @discardableResult
    private static func shell(_ line: String, in folder: String) async throws -> String {
        try await Subprocess.run(Command("/bin/sh", ["-euc", line], workingDirectory: folder), timeout: .seconds(60))
            .check().output
    }
}
