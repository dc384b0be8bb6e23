import Digests
@testable import Engine
import HostConfig
import JSON
import Platform
import Testing

@testable import Steps

/// Programs that stand for agents: scripts that answer as one does.
@Suite struct AgentUpdateTests {
    private static let good = "#!/bin/sh\necho 'host-bootstrap 9.9.9'\n"
    private static let picky =
        "#!/bin/sh\n[ $1 = --version ] || { echo 'no such field' >&2; exit 3; }\necho 'host-bootstrap 9.9.9'\n"

    @Test func `one that takes the config is gone on as, and not again after a run of it that did not end well`()
        async throws
    {
        try await with(Self.good) { bench async throws in
            #expect(try await bench.prepare()?.path == bench.place.next)
            #expect(try FileStatus.of(bench.place.next)?.mode == 0o755)
            #expect(try bench.place.trial()?.digest == bench.digest.hex)
            // The one to go back to is this one.
            #expect(try FileDigest.of(bench.place.program) == FileDigest.ofRunningProgram())
            let refused = await #expect(throws: StepFailure.self) { try await bench.prepare() }
            #expect(refused?.explanation.problem.contains("its run did not end well") == true)
            #expect(try await bench.prepare(triesAgain: true)?.path == bench.place.next)
            try bench.place.endTrial()
            #expect(try await bench.prepare()?.path == bench.place.next)
        }
    }

    @Test func `one whose run ended with the host itself is tried once more, and not a third time`() async throws {
        try await with(Self.good) { bench async throws in
            for times in 1...2 {
                let trial = AgentPlace.Trial(
                    digest: bench.digest.hex, begun: "2026-01-01T00:00:00Z", boot: "another", times: times)
                try Files.replace(bench.place.trialFile, with: trial.json(), mode: 0o600)
                let refusal = try bench.place.refusal(of: bench.digest)
                #expect((refusal == nil) == (times == 1))
            }
            try bench.place.endTrial()
            try bench.place.begin(trialOf: bench.digest)
            #expect(try bench.place.refusal(of: bench.digest) != nil)
            #expect(try bench.place.refusal(of: FileDigest.ofRunningProgram()) == nil)
            try bench.place.begin(trialOf: bench.digest)
            let trial = try #require(try bench.place.trial())
            #expect(trial.times == 2)
            try bench.place.pardon(trial)
            #expect(try bench.place.refusal(of: bench.digest) == nil)
            for _ in 3...AgentPlace.mostTrials { try bench.place.begin(trialOf: bench.digest) }
            try bench.place.pardon(try #require(try bench.place.trial()))
            #expect(try bench.place.refusal(of: bench.digest) != nil)
        }
    }

    /// How a run ends, and whether a trial is over by that: of the agent that ran, or of one before it.
    @Test(
        arguments: [
            (.preflightFailed([]), true, true), (.refused(.stopped), true, false), (.refused(.moved([])), false, false),
            (.failed(Explanation("no", hint: "")), true, true), (.ran(report(), claim: ""), false, false),
            (.ran(report(.failed(.late(.zero))), claim: ""), false, true),
            (.ran(report(.failed(.late(.zero)), wasStopped: true), claim: ""), true, false),
        ] as [(Provisioning.Ending, Bool, Bool)])
    func `an agent is to blame for what became of its steps, unless the one before fails, too`(
        ending: Provisioning.Ending, byThis: Bool, byOneBefore: Bool
    ) {
        #expect(ending.pardons(trialByThis: true) == byThis)
        #expect(ending.pardons(trialByThis: false) == byOneBefore)
    }

    private static func report(_ outcome: Outcome = .satisfied, wasStopped: Bool = false) -> RunReport {
        let step = StepReport(id: "a", outcome: outcome, startedAt: .now(), duration: .zero)
        return RunReport(steps: [step], duration: .zero, wasStopped: wasStopped)
    }

    @Test func `one that refuses the config is told with its reason, is not fetched twice, and is no trial`()
        async throws
    {
        try await with(Self.picky) { bench async throws in
            for _ in 1...2 {
                let refused = await #expect(throws: StepFailure.self) { try await bench.prepare() }
                #expect(
                    refused?.explanation.problem
                        == "the agent that the config names does not take this config: no such field")
                try Files.remove(bench.source)
            }
            #expect(try bench.place.trial() == nil)
        }
    }

    @Test(arguments: ["#!/bin/sh\necho 'other 1.0'\n", "#!/bin/sh\nexit 1\n", "no program\n"])
    func `what is no agent of ours is never begun`(text: String) async throws {
        try await with(text) { bench async throws in
            await #expect(throws: StepFailure.self) { try await bench.prepare() }
            #expect(try bench.place.trial() == nil)
        }
    }

    @Test func `another one than the digest says is refused, and nothing of it stays`() async throws {
        try await with(Self.good) { bench async throws in
            try Files.replace(bench.source, with: Array(Self.picky.utf8), mode: 0o644)
            let refused = await #expect(throws: StepFailure.self) { try await bench.prepare() }
            #expect(refused?.kind == .integrity)
            #expect(refused?.explanation.hint.contains("is the \"sha256\" in \"agent\" that of this release?") == true)
            #expect(try Folders.names(in: Files.folder(of: bench.place.program)) == [])
        }
    }

    @Test func `the one in use is gone on as without a trial, and what a trial left of it goes`() async throws {
        try await with(Self.good) { bench async throws in
            try Folders.make(Files.folder(of: bench.place.program))
            try Files.replace(bench.place.program, with: Array(Self.good.utf8), mode: 0o755)
            #expect(try await bench.prepare()?.path == bench.place.program)
            #expect(try bench.place.trial() == nil)
            try bench.place.begin(trialOf: bench.digest)
            #expect(try bench.place.leftOfTrial().map(\.what) == [bench.place.trialFile])
        }
    }

    private struct Bench {
        let configuration: HostConfiguration
        let layout: HostLayout
        let source: String
        let digest: Digest
        var place: AgentPlace { AgentPlace(layout) }

        func prepare(triesAgain: Bool = false) async throws -> AgentUpdate.Candidate? {
            let update = try #require(AgentUpdate(configuration, layout, triesAgain: triesAgain))
            return try await update.prepare(check: ["check", "--config", "host.json"])
        }
    }

    private func with(_ program: String, _ body: (Bench) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/agent", with: Array(program.utf8), mode: 0o644)
        let digest = Digest.of(Array(program.utf8))
        let entry = #"{"url": "file://\#(folder)/agent", "sha256": "\#(digest.hex)"}"#
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(folder)/root", "host_id": "h",
            "agent": {"x86_64": \(entry), "aarch64": \(entry)}}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let layout = HostLayout(root: "\(folder)/root", bootstrap: "\(folder)/root/bootstrap")
        try Folders.make(layout.bootstrap)
        try await body(
            Bench(configuration: configuration, layout: layout, source: "\(folder)/agent", digest: digest))
    }
}
