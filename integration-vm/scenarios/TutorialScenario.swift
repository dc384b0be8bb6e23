import Platform
import Testing

/// What docs/tutorial.md says, typed word by word by the user of a fresh host.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct TutorialScenario {
    @Test func `at most six commands make a service of one's own run, and four more bring its next version`()
        async throws
    {
        let tutorial = try Tutorial()
        let first = try tutorial.commands(under: "On one machine")
        #expect((1...6).contains(first.count), "\(first)")
        try await TestHost.with("tutorial", .init()) { host in
            try await bringRelease(to: host)
            let run = try await type(first, on: host)
            #expect(run.exitCode == 0 && run.output.hasSuffix("\nhello\n"), "\(run.output)\(run.errors)")
            try await expectService(host, version: "0.1.0")
            let next = try await type(tutorial.commands(under: "A new version"), on: host)
            #expect(next.exitCode == 0 && next.output.hasSuffix("\ngood morning\n"), "\(next.output)\(next.errors)")
            try await expectService(host, version: "0.2.0")
        }
    }

    @Test func `at most six commands more make it run from a hub, and what init prints is what the page says`()
        async throws
    {
        let tutorial = try Tutorial()
        let hub = try tutorial.commands(under: "From a hub")
        #expect((1...6).contains(hub.count), "\(hub)")
        try await TestHost.with("tutorial-hub", .init()) { host in
            try await bringRelease(to: host)
            // The programs and the folder, and no host yet.
            try await type(Array(tutorial.commands(under: "On one machine").prefix(2)), on: host).check()
            let list = "sudo bootstrap-hub list-hosts --data /var/lib/bootstrap-hub"
            let run = try await type(hub + [list], on: host)
            #expect(run.exitCode == 0 && run.output.contains("\nhost-1\tin_sync\t"), "\(run.output)\(run.errors)")
            #expect(!run.errors.contains("warning"), "\(run.errors)")
            try await expectService(host, version: "0.1.0")
            #expect(try await host.shell("curl -fsS http://127.0.0.1:8080/").output == "hello\n")
            try await expectPrinted(run.output, hub, on: host)
        }
    }

    private func bringRelease(to host: TestHost) async throws {
        for name in ["host-bootstrap", "bootstrap-hub"] {
            let file = "\(name)-\(OperatingSystem.machine)"
            try await host.push("\(Site.distribution)/\(file)", "/home/ops/\(file)")
        }
        try await host.shell("rm \(Site.agentInHost)").check()
    }

    /// In one shell, as at a terminal; the first command that fails ends it.
    private func type(_ commands: [String], on host: TestHost) async throws -> CommandResult {
        try await host.shell("set -e; cd\n" + commands.map { "\($0)\n" }.joined(), user: "ops")
    }

    private func expectService(_ host: TestHost, version: String) async throws {
        let state = try await host.shell(
            "systemctl is-active hello; systemctl is-enabled hello; readlink \(TestHost.root)/bundles/hello/current; "
                + "ps -o user= -p $(systemctl show -P MainPID hello); ls \(TestHost.root)/.bootstrap_done")
        #expect(state.output == "active\nenabled\n\(version)\nops\n\(TestHost.root)/.bootstrap_done\n", "\(state)")
        let config = "/home/ops/host.json"
        #expect(try await host.shell("\(Site.agentInHost) plan --config \(config)", user: "ops").exitCode == 0)
    }

    /// The last commands of the page, but for sudo and the digest, which holds.
    private func expectPrinted(_ output: String, _ typed: [String], on host: TestHost) async throws {
        let printed = output.byteLines.filter { $0.hasPrefix("  ") && $0.contains("--data") }.suffix(3)
            .map { String($0.dropFirst(2)) }
        let parts = try #require(printed.first?.split(separator: " && ").map(String.init))
        let page = typed.suffix(3).map { $0.split(separator: " ").filter { !["sudo", "|", "sh"].contains($0) } }
        #expect([parts.last ?? ""] + printed.dropFirst() == page.map { $0.joined(separator: " ") }, "\(printed)")
        let sum = try await host.shell("cd; \(parts[0])", user: "ops")
        #expect(sum.output == "hello-0.1.0.tar.zst: OK\n", "\(sum)")
    }
}

/// The page, and the commands on it.
private struct Tutorial {
    private let text: String

    init() throws { text = try #require(try Files.text("\(Site.checkout)/docs/tutorial.md")) }

    /// Those of a section: a line each, and one that has its input behind it with that.
    func commands(under title: String) throws -> [String] {
        let section = try #require(text.text(behind: "\n## \(title)\n"))
        var commands: [String] = []
        var isCode = false, isInput = false
        for line in section.byteLines {
            if !isCode {
                if line.hasPrefix("## ") { break }
                isCode = line == "```sh"
            } else if line == "```" {
                isCode = false
            } else if isInput {
                commands[commands.endIndex - 1] += "\n\(line)"
                isInput = line != "END"
            } else {
                commands.append(String(line))
                isInput = line.hasSuffix("<<'END'")
            }
        }
        return commands
    }
}

extension String {
    /// What stands behind the first of these words; nil when they are not there.
    fileprivate func text(behind words: String) -> String? {
        utf8.firstRange(of: words.utf8).map { String(self[$0.upperBound...]) }
    }
}
