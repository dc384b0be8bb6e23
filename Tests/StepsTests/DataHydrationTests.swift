import Bundles
import Digests
import Engine
import Glibc
import HostConfig
import Platform
import Testing

@testable import Steps

/// One entry of data, its archive published in a folder, on a host of which only that folder is touched.
@Suite struct DataHydrationTests {
    @Test func `missing files come from the archive, once`() async throws {
        try await with { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            #expect(try await step.inspect(context).map(\.found) == ["absent", "a.bin, b.idx missing"])
            try await step.apply([], context)
            #expect(try await step.inspect(context) == [])
            #expect(try bench.texts() == ["archive a", "archive b"])
            #expect(context.remembered("source") == "file://\(bench.top)/x.tar.gz")
            let before = try Folders.names(in: bench.data)
            try Folders.removeTree("\(bench.top)/x.tar.gz")
            let again = try await bench.step()
            #expect(try await again.inspect(context) == [])
            #expect(try Folders.names(in: bench.data) == before)
        }
    }

    @Test func `files that are there stay as they are, and a part of a set is told of`() async throws {
        try await with { bench async throws in
            try bench.write("a.bin", "mine")
            let step = try await bench.step(), context = StepContext(step: step.id)
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(
                error?.explanation.summary.contains("b.idx is missing, and the other files of the set are there")
                    == true)
            #expect(try bench.texts() == ["mine", nil])
            try bench.write("b.idx", "mine too")
            #expect(try await step.inspect(context) == [])
        }
    }

    @Test func `a whole backup comes before the archive`() async throws {
        try await with { bench async throws in
            try bench.write("a_backup_7.bin", "backup a")
            try bench.write("b_backup_7.idx", "backup b")
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            #expect(try bench.texts() == ["backup a", "backup b"])
            #expect(context.remembered("source") == "backup 7")
        }
    }

    @Test func `started empty, a run ends well and tells what is lacking, until a later one fills it`() async throws {
        try await with(#", "on_failure": "empty""#) { bench async throws in
            try Files.replace(
                "\(bench.top)/x.tar.gz.sha256", with: Array(Digest.of("other".utf8).hex.utf8), mode: 0o644)
            let first = try await Played.run([try await bench.step()], in: bench.top)
            #expect(first.report.status == .degraded)
            // The folder was made, and no more.
            #expect(first.receipt.steps["data-index"]?.differences.map(\.wanted) == ["folder"])
            let lacking = try #require(first.report.shortcomings.first)
            #expect(lacking.what == "data-index")
            #expect(lacking.error.hasPrefix("\(bench.data): its data did not come: "))
            #expect(lacking.error.contains("checksum mismatch"))
            #expect(lacking.hint.hasPrefix("for the next run, which tries again: "))
            let second = try await Played.run([try await bench.step()], in: bench.top)
            #expect(second.report.status == .degraded)
            #expect(second.report.changed == [])
            let planned = await Planner(try Graph([Alone(step: try await bench.step())])).plan()
            #expect(planned.first?.changes.map(\.found) == ["a.bin, b.idx missing"])
            #expect(try bench.texts() == [nil, nil])

            try Files.replace("\(bench.top)/x.tar.gz.sha256", with: Array(try bench.digest().utf8), mode: 0o644)
            let third = try await Played.run([try await bench.step()], in: bench.top)
            #expect(third.report.status == .done)
            #expect(third.report.changed == ["data-index"])
            #expect(third.receipt.steps["data-index"]?.error == nil)
            #expect(try bench.texts() == ["archive a", "archive b"])
        }
    }

    @Test func `a wrong checksum fails the step as wrong bytes do`() async throws {
        try await with { bench async throws in
            try Files.replace(
                "\(bench.top)/x.tar.gz.sha256", with: Array(Digest.of("other".utf8).hex.utf8), mode: 0o644)
            let step = try await bench.step()
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], StepContext(step: step.id)) }
            #expect(error?.kind == .integrity)
            #expect(try bench.texts() == [nil, nil])
        }
    }

    @Test func `who comes second waits, and finds the folder filled`() async throws {
        try await with { bench async throws in
            try Folders.make(bench.data)
            let script =
                "flock -x \(bench.data)/.host-bootstrap-lock sh -c 'echo got; read _; cd \(bench.data); echo -n z > a.bin; echo -n z > b.idx'"
            let (lines, sink) = AsyncStream.makeStream(of: String.self)
            let other = try Coprocess(Command("/bin/sh", ["-c", script])) { sink.yield($0) }
            var reader = lines.makeAsyncIterator()
            #expect(await reader.next() == "got")
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            async let applied: Void = step.apply([], context)
            while !told.messages.contains(where: { $0.hasPrefix("waiting for another process") }) {
                try await Task.sleep(for: .milliseconds(10))
            }
            other.closeInput()
            try await applied
            #expect(try bench.texts() == ["z", "z"])
            _ = await other.wait(patience: .seconds(5))
        }
    }

    @Test(arguments: [(#""#, true), (#", "background": true"#, false)])
    func `services wait for data, unless it is in the background`(setting: String, waits: Bool) async throws {
        try await with(setting, service: true) { bench async throws in
            let graph = try Steps.graph(for: try await bench.host())
            let units = try #require(graph.steps.first { $0.id == UnitFiles.name })
            #expect(units.needs.contains("data-index") == waits)
            #expect(graph.steps.last?.needs.contains("data-index") == true)
        }
    }

    private struct Bench {
        let top: String
        let configuration: HostConfiguration
        var data: String { "\(top)/data" }

        func host() async throws -> Host { try await Host.look(configuration) }

        func step() async throws -> DataHydration {
            DataHydration(try #require(configuration.data.first), try await host())
        }

        func write(_ name: String, _ text: String) throws {
            try Folders.make(data)
            try Files.replace("\(data)/\(name)", with: Array(text.utf8), mode: 0o600)
        }

        func digest() throws -> String { Digest.of(try Files.read("\(top)/x.tar.gz")).hex }
        func texts() throws -> [String?] { try ["a.bin", "b.idx"].map { try Files.text("\(data)/\($0)") } }
    }

    private func with(_ setting: String = "", service: Bool = false, _ body: (Bench) async throws -> Void) async throws
    {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/root/bootstrap/downloads")
        let script =
            "mkdir t t/d; echo -n 'archive a' > t/a.bin; echo -n 'archive b' > t/d/b.idx; tar -C t -czf x.tar.gz ."
        let packed = try await Subprocess.run(Command("/bin/sh", ["-euc", script], workingDirectory: top))
        try #require(packed.succeeded, "\(packed.errors)")
        let services =
            service ? #", "services": [{"unit": "x.service", "content": "[Service]\nExecStart=/bin/true\n"}]"# : ""
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(top)/root", "host_id": "h", "data": [{"name": "index",
            "path": "\(top)/data", "url": "file://\(top)/x.tar.gz", "files": ["a.bin", "b.idx"]\(setting)}]\(services)}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let bench = Bench(top: top, configuration: configuration)
        try Files.replace("\(top)/x.tar.gz.sha256", with: Array(try bench.digest().utf8), mode: 0o644)
        try await body(bench)
    }
}
