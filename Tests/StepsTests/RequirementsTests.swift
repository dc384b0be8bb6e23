import Bundles
import Database
import Digests
import Engine
import Glibc
import HostConfig
import Platform
import Testing
import Transfer

@testable import Steps

/// A bundle with requirements, installed from an archive in a folder, on a host of which only that folder is touched.
@Suite struct RequirementsTests {
    private static let all = """
        "directories": ["cache/deep", {"path": "closed", "mode": "0700"}],
        "files": [{"path": "etc/tool.conf", "template": "t/tool.conf", "mode": "0640"}],
        "databases": [{"name": "index", "sql": ["sql/1.sql", "sql/2.sql"]}],
        "dependencies": [{"path": "model.bin", "url": "file://TOP/published/model.bin", "sha256": "DIGEST"}]
        """

    @Test func `all that a bundle requires is made, and nothing is done again`() async throws {
        try await RequirementBench.with(Self.all) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            let before = try await step.inspect(context)
            #expect(
                before.map { $0.what.split(separator: "/").last ?? "" } == [
                    "deep", "closed", "index.sqlite", "tool.conf", "model.bin",
                ])
            #expect(before.allSatisfy { $0.found == "absent" })
            try await step.apply(before, context)
            #expect(try await step.inspect(context) == [])
            #expect(try bench.mode("cache/deep") == 0o755)
            #expect(try bench.mode("closed") == 0o700)
            #expect(try bench.mode("index.sqlite") == 0o600)
            #expect(
                try Files.text("\(bench.data)/etc/tool.conf")
                    == "data=\(bench.data) host=h mail=a@b.c who=\(bench.bundle) token=s3cret\n")
            #expect(try bench.mode("etc/tool.conf") == 0o640)
            #expect(try ForeignDatabase("\(bench.data)/index.sqlite").outline().tables == ["a", "b"])
            #expect(try Files.text("\(bench.data)/model.bin") == "model")
            let snapshot = try await bench.snapshot()
            let again = try await bench.step()
            #expect(try await again.inspect(StepContext(step: step.id, facts: [:])) == [])
            #expect(try await bench.snapshot() == snapshot)
        }
    }

    @Test func `each single thing that is damaged is mended, and the others are left alone`() async throws {
        try await RequirementBench.with(Self.all) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            try Files.replace("\(bench.data)/etc/tool.conf", with: Array("mine\n".utf8), mode: 0o640)
            for (damage, path) in [
                ("rm -r cache/deep", "cache/deep"), ("chmod 755 closed", "closed"), ("rm index.sqlite", "index.sqlite"),
                ("chmod 600 etc/tool.conf", "etc/tool.conf"), ("echo other > model.bin", "model.bin"),
                ("rm model.bin", "model.bin"),
                ("sqlite3 index.sqlite 'DROP TABLE b; PRAGMA user_version = 1'", "index.sqlite"),
            ] {
                try await bench.shell("cd \(bench.data); \(damage)")
                let found = try await step.inspect(context)
                #expect(found.map(\.what) == ["\(bench.data)/\(path)"], "\(damage)")
                try await step.apply(found, context)
                #expect(try await step.inspect(context) == [], "\(damage)")
            }
            #expect(try Files.text("\(bench.data)/etc/tool.conf") == "mine\n")
        }
    }

    @Test func `a dependency with the wrong mode only is not fetched again`() async throws {
        try await RequirementBench.with(Self.all) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            try await bench.shell("rm published/model.bin; chmod 600 \(bench.data)/model.bin")
            let found = try await step.inspect(context)
            #expect(try await step.preview(context) == found && found.map(\.wanted) == ["0644"])
            try await step.apply(found, context)
            #expect(try await step.inspect(context) == [])
        }
    }

    @Test func `a database whose writer was cut off is mended, and is as it was before`() async throws {
        try await RequirementBench.with(Self.all) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            let writer = """
                import os, sqlite3, sys
                c = sqlite3.connect(sys.argv[1], isolation_level=None)
                for line in "PRAGMA journal_mode=DELETE", "PRAGMA cache_size=1", "BEGIN", "DROP TABLE a", "CREATE TABLE c (x)":
                    c.execute(line)
                for _ in range(50): c.execute("INSERT INTO c VALUES (zeroblob(50000))")
                os.kill(os.getpid(), 9)
                """
            let database = "\(bench.data)/index.sqlite"
            _ = try await Subprocess.run(Command("/usr/bin/python3", ["-c", writer, database]), timeout: .seconds(300))
            #expect(try FileStatus.of("\(database)-journal")?.size ?? 0 > 0)
            let found = try await step.inspect(context)
            #expect(found.map(\.found) == ["not closed in order"])
            try await step.apply(found, context)
            #expect(try await step.inspect(context) == [])
            #expect(try ForeignDatabase(database).outline().tables == ["a", "b"])
        }
    }

    @Test(arguments: [true, false])
    func
        `what cannot even be looked at does not keep the others from being met, unless the first failure ends the step`(
            failsFast: Bool
        ) async throws
    {
        let declared =
            #""databases": [{"name": "x", "sql": ["sql/1.sql"]}], "directories": [{"path": "late", "priority": 90}]"#
        try await RequirementBench.with(declared, settings: #""fail_fast": \#(failsFast), "retry_attempts": 1"#) {
            bench async throws in
            try await bench.shell(
                "mkdir -p \(bench.data); head -c 4000 /dev/zero | tr '\\0' x > \(bench.data)/x.sqlite")
            let step = try await bench.step(), context = StepContext(step: step.id)
            if failsFast {
                await #expect(throws: StepFailure.self) { try await step.inspect(context) }
            } else {
                #expect(try await step.inspect(context).count == 2)
            }
            await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(try FileStatus.of("\(bench.data)/late") != nil || failsFast)
        }
    }

    @Test func `a database whose tables are gone is never reported as good, nor made anew over what is left`()
        async throws
    {
        try await RequirementBench.with(Self.all) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            try await bench.shell("cd \(bench.data); sqlite3 index.sqlite 'DROP TABLE b'")
            let found = try await step.inspect(context)
            #expect(found.map(\.found) == ["without b"])
            let error = await #expect(throws: StepFailure.self) { try await step.apply(found, context) }
            #expect(error?.explanation.summary.contains("tables are missing") == true)
            #expect(try ForeignDatabase("\(bench.data)/index.sqlite").outline().tables == ["a"])
        }
    }

    @Test(arguments: [
        (#""directories": [{"path": "x", "mode": "0755"}]"#, "mkdir -p data/tools; touch data/tools/x", "is no folder"),
        (#""files": [{"path": "x", "template": "t/unknown"}]"#, "true", "@NOBODY_KNOWS@"),
        (#""databases": [{"name": "x", "sql": ["t/tool.conf"]}]"#, "true", "the database refused"),
        (
            #""databases": [{"name": "x", "sql": ["sql/1.sql"]}]"#,
            "mkdir -p data/tools; head -c 4000 /dev/zero | tr '\\0' x > data/tools/x.sqlite",
            "the database is damaged"
        ),
        (#""dependencies": [{"path": "x", "url": "file://TOP/published/none", "sha256": "DIGEST"}]"#, "true", "none"),
        (
            #""dependencies": [{"path": "x", "url": "file://TOP/published/other", "sha256": "DIGEST"}]"#, "true",
            "checksum mismatch"
        ),
    ])
    func `what cannot be met says why, and leaves nothing half made`(declared: String, before: String, words: String)
        async throws
    {
        try await RequirementBench.with(declared) { bench async throws in
            try await bench.shell("cd \(bench.top)/root; \(before)")
            let step = try await bench.step(), context = StepContext(step: step.id)
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
            let left = (try? Folders.names(in: bench.data)) ?? []
            #expect(left.filter { $0.contains("fetching") || $0.contains(".new") } == [])
        }
    }

    @Test func `the lowest number comes first, of equal ones the one declared first`() async throws {
        let declared = """
            "directories": ["z", "a", {"path": "last", "priority": 900}], "databases": [{"name": "d", "sql": ["sql/1.sql"]}],
            "files": [{"path": "early", "template": "t/tool.conf", "priority": 0}, {"path": "usual", "template": "t/tool.conf"}]
            """
        try await RequirementBench.with(declared) { bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            try await step.apply([], context)
            let made = told.messages.compactMap { $0.hasPrefix("making ") ? $0.split(separator: "/").last : nil }
            #expect(made == ["early", "z", "a", "d.sqlite", "usual", "last"])
        }
    }

    @Test(arguments: [(true, ["b"]), (false, ["b", "c"])])
    func `the first failure ends the step, unless all are to be tried`(failsFast: Bool, tried: [String]) async throws {
        let declared = #""files": [{"path": "b", "template": "t/unknown"}, {"path": "c", "template": "t/tool.conf"}]"#
        try await RequirementBench.with(declared, settings: #""fail_fast": \#(failsFast)"#) { bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(
                told.messages.compactMap { $0.hasPrefix("making ") ? $0.split(separator: "/").last : nil }.map(
                    String.init) == tried)
            #expect((try FileStatus.of("\(bench.data)/c") != nil) == !failsFast)
        }
    }

    @Test func `an attempt that takes too long is stopped, and tried again as often as the config says`() async throws {
        try await RequirementBench.with(
            #""databases": [{"name": "d", "sql": ["sql/endless.sql"]}]"#,
            settings: #""timeout_seconds": 1, "retry_attempts": 2"#
        ) { bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(error?.kind == .timedOut)
            #expect(told.retries == 1)
        }
    }

    @Test func `one with needs begins when these are met, whatever its priority`() async throws {
        let declared = """
            "directories": [{"path": "early", "priority": 1, "needs": ["d"]}, {"path": "beside", "priority": 900, "needs": []}],
            "databases": [{"name": "d", "sql": ["sql/1.sql"], "priority": 500}], "files": [{"path": "a", "template": "t/tool.conf", "priority": 600}]
            """
        try await RequirementBench.with(declared) { bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            try await step.apply([], context)
            let made = told.messages.compactMap { $0.hasPrefix("making ") ? $0.split(separator: "/").last : nil }
            #expect(Set(made) == ["early", "beside", "d.sqlite", "a"])
            let place = { made.firstIndex(of: $0) ?? 0 }
            #expect(place("early") > place("d.sqlite") && place("a") > place("d.sqlite"))
            #expect(try await step.inspect(context) == [])
        }
    }

    @Test func `what may be lacking does not fail the run, is named, and is met when it can be`() async throws {
        let declared = """
            "dependencies": [{"path": "late.bin", "url": "file://TOP/published/late.bin", "sha256": "DIGEST", "name": "late", "on_failure": "degrade"}],
            "files": [{"path": "after", "template": "t/tool.conf", "needs": ["late"], "on_failure": "degrade"}],
            "directories": ["d"]
            """
        try await RequirementBench.with(declared, settings: #""retry_attempts": 1"#) { bench async throws in
            let step = try await bench.step()
            let report = try await bench.run(step)
            guard case .degraded(let reason, let changes)? = report.steps.last?.outcome else {
                Issue.record("\(report.steps)")
                return
            }
            #expect(report.status == .degraded && changes.map(\.what) == ["\(bench.data)/d"])
            #expect(reason.problem.contains("late.bin"), "\(reason)")
            // It follows from the other, and is told with it by a message alone.
            #expect(!reason.problem.contains("was not begun"), "\(reason)")
            try await bench.shell("cp published/model.bin published/late.bin")
            let next = try await bench.run(step)
            #expect(next.status == .done)
            #expect(try Files.text("\(bench.data)/late.bin") == "model")
            #expect(try FileStatus.of("\(bench.data)/after") != nil)
        }
    }

    @Test func `a cause that several share is told once, with all of them`() {
        func one(_ place: String, _ problem: String, follows: Bool = false) -> RequirementRun.Lacking {
            RequirementRun.Lacking(
                place: place, failure: StepFailure(.failed, Explanation(problem, at: place, hint: "h")),
                follows: follows)
        }
        let lacking = [
            one("/a", "no answer"), one("/b", "no room"), one("/c", "no answer"), one("/d", "x", follows: true),
        ]
        #expect(RequirementRun.words(lacking) == "/a, /c: no answer; /b: no room")
    }

    @Test func `what must be there fails when it needs what is lacking`() async throws {
        let declared = """
            "dependencies": [{"path": "late.bin", "url": "file://TOP/published/late.bin", "sha256": "DIGEST", "name": "late", "on_failure": "degrade"}],
            "files": [{"path": "after", "template": "t/tool.conf", "needs": ["late"]}]
            """
        try await RequirementBench.with(declared, settings: #""retry_attempts": 1"#) { bench async throws in
            let step = try await bench.step()
            let error = await #expect(throws: StepFailure.self) {
                try await step.apply([], StepContext(step: step.id))
            }
            #expect(error?.explanation.problem == #"was not begun: it needs "late", which is not met"#)
            #expect(error?.explanation.place == "\(bench.data)/after")
        }
    }

    @Test func `a database without scripts is an empty one, which its service fills`() async throws {
        try await RequirementBench.with(#""database": "own""#) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            #expect(try await step.inspect(context) == [] && bench.mode("own.sqlite") == 0o600)
            try await bench.shell("sqlite3 \(bench.data)/own.sqlite 'CREATE TABLE t (x)'")
            #expect(try await step.inspect(context) == [])
            #expect(try ForeignDatabase("\(bench.data)/own.sqlite").outline().tables == ["t"])
        }
    }

    @Test func `the step is there unless it is switched off, and services wait for it`() async throws {
        for isEnabled in [true, false] {
            try await RequirementBench.with("", settings: #""enabled": \#(isEnabled)"#) { bench async throws in
                let graph = try Steps.graph(for: try await Host.look(bench.configuration, .ofThisUser))
                let units = try #require(graph.steps.first { $0.id == UnitFiles.name })
                #expect(units.needs.contains(Requirements.name) == isEnabled)
            }
        }
    }
}
