import Engine
import HostConfig
import Platform
import Support
import Testing

@testable import Steps

/// What a host has of its hub, asked of the real one, and what becomes of it while that is away.
@Suite struct HubSecretsTests {
    @Test
    func `a secret is fetched, kept for an outage, replaced when the hub has another, and refused when it has none`()
        async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/secrets-tests-")
        defer { try? Folders.removeTree(folder) }
        let play = Play(folder: folder)
        try await play.hub("add-host h1 >token")
        let kept = "\(folder)/root/bootstrap/secrets/db"
        try await play.serving { port in
            try await play.hub("secret set db --group all", input: "first\n")
            let host = try await play.host(port)
            #expect(try host.value(of: play.secret(host)) == "first")
            #expect(try await play.apply(host).succeeded)
            #expect(try Files.text(kept) == "first\n")
            #expect(try FileStatus.of(kept)?.mode == 0o600)
            #expect(try FileStatus.of(Files.folder(of: kept))?.mode == 0o700)
            #expect(try await play.differences(host) == [])
            try await play.hub("secret set db --host h1", input: "second")
            let later = try await play.host(port)
            let found = try await play.differences(later)
            #expect(found == ["\(kept): not what the hub has"])
            #expect(try await play.apply(later).succeeded)
            #expect(try Files.text(kept) == "second\n")
        }
        try await expectEditIsSeen(kept, play)
        // A port that nobody listens at.
        let alone = try await play.host(1)
        #expect(try alone.value(of: play.secret(alone)) == "second")
        let report = try await play.apply(alone)
        #expect(report.succeeded && report.shortcomings.count == 1, "\(report.shortcomings)")
        #expect(report.shortcomings.first?.error.contains("whether the hub has changed db is not known") == true)
        try await play.serving { port in
            try await play.hub("secret remove db --host h1")
            try await play.hub("secret remove db --group all")
            let host = try await play.host(port)
            // It might be a proxy that answers in the hub's place.
            #expect(try host.value(of: play.secret(host)) == "second")
            let lacking = try await play.apply(host).shortcomings.first
            #expect(lacking?.hint.contains("bootstrap-hub secret set db --host h1") == true)
            try Files.remove(kept)
            let bare = try await play.host(port)
            let failure = #expect(throws: StepFailure.self) { try bare.value(of: play.secret(bare)) }
            #expect(failure?.explanation.problem.contains("the hub has no secret db for this host") == true)
            // What another thing needs is had all the same.
            #expect(try await play.apply(bare).succeeded)
            try Files.replace("\(folder)/token", with: Array("0.0\n".utf8), mode: 0o600)
            let stranger = try await play.host(port)
            let refused = #expect(throws: StepFailure.self) { try stranger.value(of: play.secret(stranger)) }
            #expect(refused?.explanation.hint.contains("bootstrap-hub rotate-token h1") == true)
        }
    }

    /// By a look that asks nobody.
    private func expectEditIsSeen(_ kept: String, _ play: Play) async throws {
        let content = try Files.read(kept)
        #expect(try await play.verified() == [])
        try Files.replace(kept, with: Array("edited\n".utf8), mode: 0o600)
        #expect(try await play.verified() == ["\(kept): not what the hub has"])
        try Files.remove(kept)
        #expect(try await play.verified() == ["\(kept): absent"])
        try Files.replace(kept, with: content, mode: 0o600)
    }

    @Test func `a hub that is away is one cause for all secrets, and what only one lacks is that one's`() throws {
        let config = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h1",
             "hub": {"url": "https://hub.test/api/v1/hosts/h1/status", "token": {"file": "/srv/token"}}}
            """
        let configuration = try HostConfiguration.load(Array(config.utf8), file: "host.json").get()
        let hub = try #require(configuration.hub)
        func answers(_ problems: [String: String]) -> [String: Explanation] {
            let failed = problems.mapValues { problem -> Result<String, StepFailure> in
                .failure(StepFailure(.failed, Explanation(problem, at: "https://hub.test/\(problem.count)", hint: "h")))
            }
            return HubSecrets.toldOnce(failed, ["a", "b"], hub).compactMapValues { result in
                if case .failure(let error) = result { error.explanation } else { nil }
            }
        }
        let away = answers(["a": "no answer", "b": "no answer"])
        #expect(away["a"] == away["b"] && away["a"]?.place == hub.url.text && away["a"]?.problem == "no answer")
        #expect(answers(["a": "no answer", "b": "no secret b"])["b"]?.place == "https://hub.test/11")
    }

    @Test func `several lines go into a file, and into nothing that takes one`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/secrets-tests-")
        defer { try? Folders.removeTree(folder) }
        let play = Play(folder: folder)
        try await play.hub("add-host h1 >token")
        try await play.hub("secret set db --group all", input: "BEGIN\nAAAA\nEND\n")
        try await play.serving { port in
            let host = try await play.host(port)
            #expect(try host.value(of: play.secret(host), .text) == "BEGIN\nAAAA\nEND")
            #expect(throws: StepFailure.self) { try host.value(of: play.secret(host)) }
        }
    }

    private struct Play: Sendable {
        let folder: String
        private var program: String {
            get throws { "\(Files.folder(of: try ProcessStart.executable()))/bootstrap-hub" }
        }

        func hub(_ words: String, input: String = "") async throws {
            let script = "cd \(folder); \(try program) \(words) --data \(folder)/hub"
            let result = try await Subprocess.run(Command("/bin/sh", ["-c", script], input: Array(input.utf8)))
            try #require(result.succeeded, "\(result.errors)")
        }

        func serving(_ body: (Int) async throws -> Void) async throws {
            let script = "\"$0\" serve --listen 127.0.0.1:0 --data \"$1\" & cat >/dev/null; kill $!; wait $!"
            try await ServerProcess.with(
                Command("/bin/sh", ["-c", script, try program, "\(folder)/hub"]),
                port: { $0.split(separator: ":").last.flatMap { Int($0) } }, body)
        }

        /// A host of this process's user, which has asked what the hub has now.
        func host(_ port: Int) async throws -> Host {
            let configuration = try configuration(port)
            var host = try await Host.look(configuration, .ofThisUser)
            let hub = try #require(configuration.hub)
            host.hubSecrets = await HubSecrets.all(["db"], of: hub, host)
            return host
        }

        private func configuration(_ port: Int) throws -> HostConfiguration {
            let config = """
                {"bootstrap_user": "nobody", "bootstrap_root": "\(folder)/root", "host_id": "h1",
                 "hub": {"url": "http://127.0.0.1:\(port)/api/v1/hosts/h1/status", "token": {"file": "\(folder)/token"}},
                 "environment": {"DB": {"hub": "db"}}}
                """
            return try HostConfiguration.load(Array(config.utf8), file: "host.json").get()
        }

        func secret(_ host: Host) throws -> Secret { try #require(host.configuration.environment["DB"]) }

        func apply(_ host: Host) async throws -> RunReport {
            try Folders.make("\(folder)/root/bootstrap")
            return try await Played.run([try #require(HubSecretCopies(host))], in: folder).report
        }

        /// How it differs by what was written, on a host that has the receipt of the last run.
        func verified() async throws -> [String] {
            try Files.replace(
                "\(folder)/root/bootstrap/state.json", with: try Files.read("\(folder)/state.json"), mode: 0o600)
            var inspection = InspectionOptions.ofThisUser
            inspection.isOffline = true
            let host = try await Host.look(try configuration(1), inspection)
            let step = try #require(HubSecretCopies(host))
            return try await step.verify(StepContext(step: step.id)).map { "\($0.what): \($0.found)" }
        }

        func differences(_ host: Host) async throws -> [String] {
            let step = try #require(HubSecretCopies(host))
            return try await step.inspect(StepContext(step: step.id)).map { "\($0.what): \($0.found)" }
        }
    }
}
