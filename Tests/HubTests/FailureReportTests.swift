import Platform
import Testing

@testable import Hub

/// A stub that fails tells its hub why, by the scripts that the hub itself gave out.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Account.currentUser == 0, "needs root for a mount namespace"))
struct FailureReportTests {
    enum Fault: String, CaseIterable {
        case noBinary, wrongDigest, noUser

        var code: Int32 { self == .noBinary ? 1 : self == .wrongDigest ? 5 : 4 }
        var message: String {
            switch self {
            case .noBinary: "cannot fetch http"
            case .wrongDigest: "checksum mismatch of http"
            case .noUser: "there is no user no-such-user"
            }
        }
    }

    @Test(arguments: Fault.allCases)
    func `the hub shows a host that failed and why, the token is nobody's to see, and the join token goes on working`(
        fault: Fault
    ) async throws {
        try await LiveHub.with { hub in
            let binary = try await prepare(hub, fault)
            let join = try hub.hub.joinCommand(HostID("h1"), hub: HubURL(hub.url))
            let failed = try await run(join)
            #expect(failed.exitCode == fault.code, "\(failed.errors)")
            let shown = try await hub.get("/api/v1/hosts/h1").json
            #expect(shown?["status"]?.text == "failed" && shown?["phase"]?.text == "stub")
            #expect(shown?["message"]?.text?.contains(fault.message) == true, "\(String(describing: shown))")
            #expect(shown?["message"]?.text?.contains("failed while ") == true)
            let given = try #require(failed.output.split(separator: "calls:\n").last)
            #expect(given.contains("/status") && !given.contains("Bearer"), "\(given)")
            guard fault != .noUser else { return }
            // Mended, the same command goes on.
            try Files.replace(
                "\(hub.folder)/data\(binary.urlPath)", with: Files.read("/bin/echo", limit: 1 << 20), mode: 0o644)
            let again = try await run(join)
            #expect(again.exitCode == 0 && again.output.hasPrefix("--config "), "\(again.errors)")
        }
    }

    @Test func `by user-data it does the same, and a hub that is gone changes nothing`() async throws {
        try await LiveHub.with { hub in
            _ = try await prepare(hub, .noBinary)
            let data = try hub.hub.userData(HostID("h1"), hub: HubURL(hub.url))
            #expect(try await run(String(decoding: data, as: UTF8.self)).exitCode == 1)
            #expect(try await hub.get("/api/v1/hosts/h1").json?["status"]?.text == "failed")
            let gone = try hub.hub.userData(HostID("h1"), hub: HubURL("http://127.0.0.1:1"))
            #expect(try await run(String(decoding: gone, as: UTF8.self)).exitCode == 1)
        }
    }

    @Test func `no token goes over a network in the clear`() throws {
        for (url, tells) in [("http://10.0.0.1", false), ("https://hub", true), ("http://127.0.0.1:8002", true)] {
            let report = FailureReport(
                host: try HostID("h1"), hub: try HubURL(url), config: "x", tokenFile: "~/.t", bringsToken: false)
            #expect(report.script.contains("tell_hub()") == tells)
        }
    }

    /// A hub with a host, and with what is wrong.
    private func prepare(_ hub: LiveHub, _ fault: Fault) async throws -> Artifact {
        let user = fault == .noUser ? "no-such-user" : "nobody"
        let config = """
            {"bootstrap_user": "\(user)", "bootstrap_root": "/var/lib/host", "hub": {"token": {"file": "/var/lib/hub-token"}}}
            """
        _ = try hub.host("h1", config: config)
        let binary = try hub.hub.addBinary("/bin/echo")
        let path = "\(hub.folder)/data\(binary.urlPath)"
        for end in [".xz", ".gz"] { try Files.remove(path + end) }
        if fault == .noBinary { try Files.remove(path) }
        if fault == .wrongDigest { try Files.replace(path, with: Array("#!/bin/sh\n".utf8), mode: 0o644) }
        return binary
    }

    /// A private mount keeps what is written from this machine; each call of curl tells its arguments.
    private func run(_ script: String) async throws -> CommandResult {
        let inside = """
            cat >/tmp/script.$$; mount -t tmpfs none /var/lib && mkdir /var/lib/spies && cd /var/lib/spies || exit
            printf '#!/bin/sh\\necho "$*" >>/var/lib/calls\\nexec /usr/bin/curl "$@"\\n' >curl
            printf '#!/bin/sh\\n' >sleep; chmod 755 *; : >/var/lib/calls; chmod 666 /var/lib/calls; PATH=$PWD:$PATH
            mv /tmp/script.$$ /var/lib/script; cd /; sh /var/lib/script; code=$?; echo calls:; cat /var/lib/calls; exit $code
            """
        return try await Subprocess.run(
            Command(
                "/usr/bin/unshare", ["--mount", "sh", "-c", inside], input: Array(script.utf8), workingDirectory: "/"),
            timeout: .seconds(120))
    }
}
