import Engine
import Platform
import Testing

/// What the runner writes of what a step owns.
@Suite struct OwnershipTests {
    /// A step that makes a file, and may fail after it began.
    private struct Maker: Step {
        let id: StepID = "maker", phase = Phase.files, needs: Set<StepID> = []
        let path: String
        let fails: Bool

        func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
            ((try? FileStatus.of(path)) ?? nil) == nil ? [Difference(path, found: "absent", wanted: "file")] : []
        }

        func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
            context.keep("baseline", "before")
            return [OwnedThing(.file, path)]
        }

        func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
            if fails { throw StepFailure(.failed, Explanation("it broke", at: path, hint: "mend it")) }
            do throws(SystemCallError) { try Files.replace(path, with: [], mode: 0o600) } catch {
                throw StepFailure(error)
            }
            context.owns([OwnedThing(.package, "came-along")])
            context.forget("baseline")
        }
    }

    @Test func `it is written with the intent, and stays when the step fails`() async throws {
        try await with { top async throws in
            let failed = try await Self.run(Maker(path: "\(top)/f", fails: true), top)
            #expect(failed.owned == [OwnedThing(.file, "\(top)/f")])
            #expect(failed.facts == ["baseline": "before"])
            let done = try await Self.run(Maker(path: "\(top)/f", fails: false), top)
            #expect(done.owned == [OwnedThing(.file, "\(top)/f"), OwnedThing(.package, "came-along")])
            #expect(done.facts == [:])
        }
    }

    @Test func `a step that finds all right is asked once, and not again`() async throws {
        try await with { top async throws in
            try Files.replace("\(top)/f", with: [], mode: 0o600)
            for _ in 1...2 {
                let entry = try await Self.run(Maker(path: "\(top)/f", fails: false), top)
                #expect(entry.owned == [OwnedThing(.file, "\(top)/f")])
            }
        }
    }

    /// A step that changes what a file holds, and may fail before it does.
    private struct Changer: Step {
        let id: StepID = "maker", phase = Phase.files, needs: Set<StepID> = []
        let path: String, content: String
        let fails: Bool

        func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
            let found = ((try? Files.text(path)) ?? nil) ?? "absent"
            return found == content ? [] : [Difference(path, found: found, wanted: content)]
        }

        func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
            [OwnedThing(.file, path, content: content)]
        }

        func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
            if fails { throw StepFailure(.failed, Explanation("it broke", at: path, hint: "mend it")) }
            do throws(SystemCallError) { try Files.replace(path, with: Array(content.utf8), mode: 0o600) } catch {
                throw StepFailure(error)
            }
        }
    }

    @Test func `what it held before a change stays known until a change has ended well`() async throws {
        try await with { top async throws in
            let contents = [("1", false), ("2", true), ("2", true), ("3", true), ("1", true), ("4", false)]
            let former: [[String]?] = [nil, ["1"], ["1"], ["1", "2"], nil, nil]
            for ((content, fails), former) in zip(contents, former) {
                let entry = try await Self.run(Changer(path: "\(top)/f", content: content, fails: fails), top)
                #expect(entry.owned?.map(\.content) == [content])
                #expect(entry.owned?.map(\.former) == [former], "\(content)")
            }
        }
    }

    private static func run(_ step: any Step, _ folder: String) async throws -> Receipt.Entry {
        let identity = RunIdentity(hostID: "h"), path = "\(folder)/state.json"
        let receipt = Receipt(run: identity, configDigest: "00", agentVersion: "1", parallel: true)
        let store = ReceiptStore(path: path, run: receipt, previous: try ReceiptStore.read(path))
        let settings = Runner.Settings(parallel: true, limit: { _ in .seconds(60) })
        let log = EventLog(run: identity, sinks: [])
        _ = await Runner(try Graph([step]), settings, log: log, receipt: store).run()
        try await store.record { $0.finishedAt = .now() }
        return try #require(try ReceiptStore.read(path)?.steps["maker"])
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/ownership-tests-")
        defer { try? Folders.removeTree(top) }
        try await body(top)
    }
}
