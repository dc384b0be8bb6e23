import Digests
import Platform
import Support
import Testing

@testable import Hub

/// The formats of user-data, read by cloud-init's own code.
@Suite(.timeLimit(.minutes(10))) struct UserDataFormatTests {
    private static let host = "project-host-production-eu-west-1-0042"

    /// Everything as long as it gets: two machines' binaries, a key, a long address.
    private static let long = """
        {"bootstrap_user": "project-bootstrap", "bootstrap_root": "/home/project-bootstrap/cocalc-host",
         "hub": {"url": "https://bootstrap-hub.infrastructure.example.org:8443/api/v1/hosts/\(host)/status",
                 "token": {"file": "/home/project-bootstrap/cocalc-host/config/.hub-token"}}}
        """
    /// What YAML and mail could take for something of theirs, in what people choose.
    private static let hostile = #"""
        {"bootstrap_user": "nobody", "bootstrap_root": "/var/lib/h\u00f6st: #\t\"'\\ \u2028\ud83d\ude00",
         "hub": {"token": {"file": "/var/lib/t\u00f6k\u2028n \"'\\ --part-of-user-data"}}}
        """#

    @Test(arguments: [long, hostile], UserDataFormat.allCases)
    func `each format is under 16 KiB, and cloud-init reads the same stub and the same start out of it`(
        config: String, format: UserDataFormat
    ) async throws {
        try await with(config) { hub, key in
            let id = try HostID(Self.host)
            let stub = try hub.hub.userData(id, as: .shell, hub: nil, keys: key)
            let unpacked = try await unpack(try hub.hub.userData(id, as: format, hub: nil, keys: key), hub)
            let scripts = try Folders.names(in: "\(unpacked)/run").map { try Files.read("\(unpacked)/run/\($0)") }
            try #require(scripts.count == 1)
            #expect(try await Subprocess.run(Command("/bin/dash", ["-n"], input: scripts[0])).succeeded)
            let text = String(decoding: scripts[0], as: UTF8.self)
            #expect(text.contains("exec /bin/sh /var/lib/host-bootstrap/stub.sh\n"))
            guard format != .shell else { return }
            // The script of the shell format holds the stub as it is.
            let file = "\(unpacked)/var/lib/host-bootstrap/stub.sh"
            #expect(String(decoding: stub, as: UTF8.self).utf8.contains(try Files.read(file)))
            #expect(try FileStatus.of(file)?.mode == 0o755)
            // Started in either way it is the same, but for a token of its own each time.
            #expect(Self.start(in: text) == Self.start(in: String(decoding: stub, as: UTF8.self)))
        }
    }

    @Test(arguments: [long, hostile])
    func `the cloud-config is what cloud-init's schema wants`(config: String) async throws {
        try await with(config) { hub, key in
            let data = try hub.hub.userData(HostID(Self.host), as: .cloudConfig, hub: nil, keys: key)
            let check = try await cloudInit(
                "-m", "cloudinit.cmd.main", "schema", "-c", hub.file("user-data", data))
            #expect(check.exitCode == 0 && check.output.contains("Valid cloud-config"), "\(check)")
            // The check itself is one that can fail.
            let wrong = String(decoding: data, as: UTF8.self).replacingBytes("permissions: '0755'", with: "mode: 1")
            let refused = try await cloudInit(
                "-m", "cloudinit.cmd.main", "schema", "-c", hub.file("wrong", Array(wrong.utf8)))
            #expect(refused.exitCode != 0)
        }
    }

    @Test func `somebody else's part beside ours loses nothing, and takes nothing away`() async throws {
        try await with(Self.long) { hub, key in
            let data = try hub.hub.userData(HostID(Self.host), as: .multipart, hub: nil, keys: key)
            let other = """
                #cloud-config
                merge_how: list(append)+dict(recurse_array)+str()
                write_files:
                - {path: /var/lib/other, permissions: '0600', content: theirs}
                runcmd: [[touch, /var/lib/touched]]
                """
            let unpacked = try await unpack(data, hub, beside: hub.file("other", Array(other.utf8)))
            #expect(try Files.text("\(unpacked)/var/lib/other") == "theirs")
            #expect(try FileStatus.of("\(unpacked)/var/lib/host-bootstrap/stub.sh") != nil)
            #expect(try Folders.names(in: "\(unpacked)/run").count == 2)
        }
    }

    @Test(
        .enabled(if: Account.currentUser == 0, "needs root for a mount namespace"), arguments: UserDataFormat.allCases)
    func `run as cloud-init runs it, each fetches binary and config from the hub, and runs the binary as the user`(
        format: UserDataFormat
    ) async throws {
        try await LiveHub.with { hub in
            let config = """
                {"bootstrap_user": "nobody", "bootstrap_root": "/var/lib/host", "hub": {"token": {"file": "/var/lib/hub-token"}}}
                """
            _ = try hub.host("h1", config: config)
            _ = try hub.hub.addBinary("/bin/echo")
            let unpacked = try await unpack(hub.hub.userData(HostID("h1"), as: format, hub: HubURL(hub.url)), hub)
            // A private mount of /var/lib keeps all that is written from this machine.
            let inside = """
                mount -t tmpfs none /var/lib && { [ ! -d "$0/var" ] || cp -a "$0"/var/lib/* /var/lib; } || exit
                sh "$0/run/0" </dev/null || exit
                cat /var/lib/host/bootstrap/bootstrap-config.json; stat -c ' %U' /var/lib/host/bin/host-bootstrap
                stat -c '%a %U' /var/lib/hub-token
                """
            let result = try await Subprocess.run(
                Command("/usr/bin/unshare", ["--mount", "sh", "-c", inside, unpacked], workingDirectory: "/"))
            #expect(
                result.output
                    == "--config /var/lib/host/bootstrap/bootstrap-config.json\n\(config) nobody\n600 nobody\n",
                "\(result.errors)")
        }
    }

    @Test func `another format is refused by its name`() {
        #expect(throws: HubError.self) { try UserDataFormat("yaml") }
    }

    // MARK: How

    private func with(_ config: String, _ body: (LiveHub, ConfigKeys) async throws -> Void) async throws {
        try await LiveHub.with { hub in
            _ = try hub.host(Self.host, config: config)
            _ = try hub.hub.addBinary(hub.file("agent", IntakeTests.elf(62)))
            _ = try hub.hub.addBinary(hub.file("agent-arm", IntakeTests.elf(183)))
            try await body(hub, ConfigKeys("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"))
        }
    }

    /// From the user's name to the end, without the token.
    private static func start(in script: String) -> String {
        let lines = script.byteLines
        let first = lines.firstIndex { $0.hasPrefix("user='") } ?? lines.endIndex
        return lines[first...].filter { !$0.hasPrefix("token()") && ![")", "}", ""].contains($0) }.joined(
            separator: "\n")
    }

    private func unpack(_ data: [UInt8], _ hub: LiveHub, beside other: String? = nil) async throws -> String {
        #expect(data.count <= 16384)
        let folder = "\(hub.folder)/unpacked-\(UInt32.random(in: 0 ... .max))"
        let program = "\(Checkout.folder)/Tests/HubTests/cloud_parts.py"
        let words = [program, try hub.file("user-data", data), folder] + [other].compactMap { $0 }
        let result = try await cloudInit(words)
        try #require(result.exitCode == 0, "\(result.errors)")
        return folder
    }

    private func cloudInit(_ words: String...) async throws -> CommandResult { try await cloudInit(words) }

    private func cloudInit(_ words: [String]) async throws -> CommandResult {
        try await Subprocess.run(Command("\(Checkout.folder)/Tests/cloud-init", words), timeout: .seconds(300))
    }

}
