import Platform
import Testing

/// `status --follow` and a run that `follow.sh` plays.
@Suite struct StatusFollowTests {
    private struct Played {
        let root: String
        let run: Coprocess
        let interrupted: AsyncStream<String>

        /// An event of the run's, with more fields in JSON.
        func tell(_ kind: String, run name: String = "r2", _ more: String = "") async throws {
            let line =
                #"{"time":"2026-01-01T00:00:00.000Z","run_id":"\#(name)","host_id":"h","event":"\#(kind)"\#(more)}"#
            try await send(line)
        }

        func send(_ line: String) async throws {
            let run = run
            try await onOwnThread { () throws(SystemCallError) in try run.send(Array(line.utf8)) }
        }
    }

    private static func play(_ body: (Played) async throws -> Void) async throws {
        let root = try Folders.makeTemporary(prefix: "/tmp/follow-tests-")
        defer { try? Folders.removeTree(root) }
        for folder in ["bootstrap", "logs"] { try Folders.make("\(root)/\(folder)") }
        let old =
            #"{"time":"2025-01-01T00:00:00.000Z","run_id":"r1","host_id":"h","event":"run_finished","status":"done","exit_code":0}"#
        try Files.replace("\(root)/logs/bootstrap.log", with: Array("\(old)\n".utf8), mode: 0o640)
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let script = "\(Files.folder(of: #filePath))/follow.sh"
        let run = try Coprocess(Command("/bin/sh", [script, root, "r2"])) { sink.yield($0) }
        var each = lines.makeAsyncIterator()
        #expect(await each.next() == "ready")
        try await body(Played(root: root, run: run, interrupted: lines))
        run.closeInput()
        _ = await run.wait(patience: .seconds(60))
    }

    /// The program that follows, and its lines of standard output as they come.
    private static func follow(_ played: Played) throws -> (Coprocess, AsyncStream<String>) {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let program = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
        let command = Command(program, ["status", "--follow", "--json", "--root", played.root])
        return (try Coprocess(command) { sink.yield($0) }, lines)
    }

    @Test(arguments: [0, 1, 4, 5, 130, 143])
    func
        `what a run tells is shown as it comes, also when the log is rotated or cut off, and its exit code is taken over`(
            code: Int32
        ) async throws
    {
        try await Self.play { played in
            try await played.tell("run_started")
            let (program, lines) = try Self.follow(played)
            var each = lines.makeAsyncIterator()
            #expect(await each.next()?.contains(#""event":"run_started""#) == true)
            try await played.tell("step_satisfied", #","step":"layout","duration_ms":1"#)
            #expect(await each.next()?.contains("layout") == true)
            try await played.send("rotate")
            try await played.tell("step_satisfied", run: "another", #","step":"not-this""#)
            try await played.tell("step_satisfied", #","step":"files","duration_ms":1"#)
            #expect(await each.next()?.contains("files") == true)
            try await played.send("truncate")
            try await played.tell("run_finished", #","status":"done","message":"ended","exit_code":\#(code)"#)
            #expect(await each.next()?.contains("run_finished") == true)
            let result = await program.wait()
            #expect(result.exitCode == code, "\(result)")
            #expect(result.errors.contains("ok       files") && !result.errors.contains("not-this"), "\(result.errors)")
        }
    }

    @Test func `a run that is killed is told to be cut off`() async throws {
        try await Self.play { played in
            try await played.tell("run_started")
            let (program, lines) = try Self.follow(played)
            var each = lines.makeAsyncIterator()
            #expect(await each.next() != nil)
            _ = await played.run.wait(patience: .zero)
            let result = await program.wait()
            #expect(result.exitCode == 1 && result.errors.contains("the run was cut off"), "\(result)")
        }
    }

    @Test func `Ctrl-C ends the showing and says how to see or stop the run, which goes on`() async throws {
        try await Self.play { played in
            try await played.tell("run_started")
            let (program, lines) = try Self.follow(played)
            var each = lines.makeAsyncIterator()
            #expect(await each.next() != nil)
            try SignalWatch.interrupt(program.process)
            let result = await program.wait()
            #expect(result.exitCode == 130, "\(result)")
            #expect(result.errors.contains("the run goes on: host-bootstrap status --follow --root \(played.root)"))
            #expect(result.errors.contains("kill \(played.run.process) stops it"))
            // Still there: it takes a line.
            try await played.tell("step_started")
        }
    }

    @Test func `without a run under way the last one is shown, and its exit code taken over`() async throws {
        let root = try Folders.makeTemporary(prefix: "/tmp/follow-tests-")
        defer { try? Folders.removeTree(root) }
        for folder in ["bootstrap", "logs"] { try Folders.make("\(root)/\(folder)") }
        let none = try await Program.run("status", "--follow", "--root", root)
        #expect(none.exitCode == 1 && none.errors.contains("nothing ran here"), "\(none)")
        let receipt = """
            {"schema_version": 2, "run_id": "r", "host_id": "h", "config_digest": "00", "agent_version": "1",
            "started_at": 1767225600000, "finished_at": 1767225601000, "status": "failed", "parallel": true, "steps": {}}
            """
        try Files.replace("\(root)/bootstrap/state.json", with: Array(receipt.utf8), mode: 0o600)
        let line =
            #"{"time":"x","run_id":"r","host_id":"h","event":"run_finished","status":"failed","message":"so it was","exit_code":5}"#
        try Files.replace("\(root)/logs/bootstrap.log", with: Array("\(line)\n".utf8), mode: 0o640)
        let last = try await Program.run("status", "--follow", "--root", root)
        #expect(last.exitCode == 5, "\(last)")
        #expect(last.errors == "no run is under way; this was the last one:\nso it was\n", "\(last)")
        let both = try await Program.run("status", "--follow", "--verify")
        #expect(both.exitCode == 2, "\(both)")
    }
}
