import Engine
import HostConfig
import Platform
import Synchronization
import Testing

@testable import Steps

/// Commands that end before a step runs, on a host of which only a folder is touched.
@Suite struct ProvisioningTests {
    /// What is typed, and a part of the reason why it is refused.
    @Test(arguments: [
        (["--only", "nothing"], "there is no step of that name"),
        (["--skip", "nothing"], "there is no step of that name"),
        (["--only", "layout", "--skip", "layout"], "leaves out every step"),
        (["rollback", "project"], "no such bundle"),
    ])
    func `a refused command is no run: nothing is made, and nobody is told`(words: [String], reason: String)
        async throws
    {
        try await with { bench async throws in
            let played = await bench.play(Self.options(words))
            let refusal = try #require(played.refusal)
            #expect(refusal.explanation.problem.contains(reason), "\(refusal)")
            #expect(played.begun == [] && played.told.isEmpty)
            #expect(try FileStatus.of(bench.root) == nil)
        }
    }

    @Test func `a command that finds the lock held is no run`() async throws {
        try await with { bench async throws in
            try Folders.make("\(bench.root)/bootstrap")
            let lock = try await RunLock.acquire("\(bench.root)/bootstrap/lock", wait: .zero, runID: "other")
            let played = await bench.play(Provisioning.Options())
            guard case .lock(.held, let root)? = played.refusal else {
                Issue.record("\(String(describing: played.refusal))")
                return
            }
            #expect(root == bench.root)
            #expect(played.begun == [] && played.told.isEmpty)
            _ = consume lock
        }
    }

    /// The lock is looked at when the run is told of, which is when preflight has failed.
    @Test(arguments: [(true, true), (false, false)])
    func `what a plan is compared with is this run's alone, once the lock has a place`(isThere: Bool, isHeld: Bool)
        async throws
    {
        try await with { bench async throws in
            if isThere { try Folders.make("\(bench.root)/bootstrap") }
            var options = Provisioning.Options()
            options.planned = []
            let played = await bench.play(options)
            #expect(played.begun == [isHeld ? "nothing made, lock held" : "nothing made"])
            #expect(try (FileStatus.of(bench.root) != nil) == isThere)
        }
    }

    @Test func `a host that fails preflight is a run that is told of, though it has no log yet`() async throws {
        try await with { bench async throws in
            let played = await bench.play(Provisioning.Options())
            // This machine's user is not the config's.
            guard case .preflightFailed = played.ending else {
                Issue.record("\(played.ending)")
                return
            }
            #expect(played.begun == ["nothing made"])
            #expect(played.told.map(\.event) == [.runStarted, .preflight, .runFinished])
            #expect(played.told.last?.status == "failed")
            #expect(try FileStatus.of(bench.root) == nil)
        }
    }

    @Test func `a command that is stopped before it has begun is no run`() async throws {
        try await with { bench async throws in
            let task = Task { () async -> Bench.Played in
                withUnsafeCurrentTask { $0?.cancel() }
                return await bench.play(Provisioning.Options())
            }
            guard case .stopped? = await task.value.refusal else {
                Issue.record("\(await task.value.ending)")
                return
            }
            #expect(await task.value.begun == [])
        }
    }

    @Test(arguments: [false, true])
    func `one step at a time means one thing at a time in a step, too`(isSerial: Bool) async throws {
        try await with { bench async throws in
            var options = Provisioning.Options()
            options.serial = isSerial
            let provisioning = bench.provisioning(options, EventLog(run: RunIdentity(hostID: "h"), sinks: []))
            // Steps are made from it, and requirements met by it.
            #expect(provisioning.configuration.parallel != isSerial)
        }
    }

    private static func options(_ words: [String]) -> Provisioning.Options {
        var options = Provisioning.Options()
        if words.first == "rollback" { options.rollback = Rollback(words[1], to: nil) }
        for (option, name) in zip(words, words.dropFirst()) {
            if option == "--only" { options.only.append(StepID(name)) }
            if option == "--skip" { options.skip.append(StepID(name)) }
        }
        return options
    }

    private struct Bench {
        struct Played: Sendable {
            let ending: Provisioning.Ending
            let begun: [String]
            let told: [Event]
            var refusal: Provisioning.Refusal? { if case .refused(let refusal) = ending { refusal } else { nil } }
        }

        let root: String
        let configuration: HostConfiguration

        func play(_ options: Provisioning.Options) async -> Played {
            let told = Told(), begun = Begun()
            let lock = "\(root)/bootstrap/lock"
            let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [])
            let provisioning = provisioning(options, log) { layout in
                let made = layout == nil ? "nothing made" : "folders made"
                begun.add(made + (RunLock.isHeld(lock) ? ", lock held" : ""))
                log.attach(told)
                return []
            }
            let ending = await provisioning.run()
            return Played(ending: ending, begun: begun.all, told: told.all)
        }

        func provisioning(
            _ options: Provisioning.Options, _ log: EventLog,
            onBegin: @escaping @Sendable (HostLayout?) async -> [Shortcoming] = { _ in [] }
        ) -> Provisioning {
            let hooks = Provisioning.Hooks(onBegin: onBegin, onWait: { _ in }, exitCode: { _ in 0 })
            return Provisioning(configuration, options, log: log, agentVersion: "1", hooks: hooks)
        }
    }

    private final class Begun: Sendable {
        private let words = Mutex<[String]>([])
        func add(_ word: String) { words.withLock { $0.append(word) } }
        var all: [String] { words.withLock { $0 } }
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let text = #"{"bootstrap_user": "nobody", "bootstrap_root": "\#(folder)/root", "host_id": "h"}"#
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        try await body(Bench(root: "\(folder)/root", configuration: configuration))
    }
}
