import Engine
import Platform
import Testing

@Suite struct RunLockTests {
    @Test func `a second run is refused while a real other process holds the lock, and gets it when that dies`()
        async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/lock-tests-")
        let path = "\(folder)/lock"
        let holder = Task {
            try await Subprocess.run(
                Command(
                    "/usr/bin/flock",
                    [path, "/bin/sh", "-c", "echo $PPID 2026-01-01T00:00:00.000Z r1 > \(path); sleep 600"]))
        }
        while try RunLock.currentHolder(path) == nil || Files.text(path)?.isEmpty != false {
            try await Task.sleep(for: .milliseconds(5))
        }
        let process = try #require(try Files.text(path)?.split(separator: " ").first.flatMap { Int32($0) })
        let run = RunLock.Holder.run(process: process, run: "r1", since: "2026-01-01T00:00:00.000Z")
        await #expect(throws: RunLockError.held(path: path, holder: run)) {
            _ = try await RunLock.acquire(path, wait: .zero, runID: "r2")
        }

        let waiting = Trace()
        let waiter = Task {
            _ = try await RunLock.acquire(path, wait: .seconds(30), runID: "r3") { waiting.add("\($0)") }
            return try Files.text(path)?.contains(" r3") ?? false
        }
        while waiting.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        holder.cancel()
        #expect(try await waiter.value)
        _ = try await holder.value
        try Folders.removeTree(folder)
    }

    /// What the file says, when somebody else has the lock, or has it open.
    @Test(arguments: ["99999999 2026-01-01T00:00:00.000Z r0", "1 2026-01-01T00:00:00.000Z r0", "", "no record at all"])
    func `the record of a run that is over is not taken for the holder's`(record: String) async throws {
        try await withHolder(record) { path, process in
            let holder = RunLock.Holder.processes(["process \(process) (python3)"])
            #expect(RunLock.currentHolder(path) == holder)
            let error = await #expect(throws: RunLockError.held(path: path, holder: holder)) {
                _ = try await RunLock.acquire(path, wait: .zero, runID: "r2")
            }
            #expect(error?.explanation.problem == "another process holds the lock: process \(process) (python3)")
        }
    }

    @Test func `a run that is stopped while it waits says so, and not that it gave up`() async throws {
        try await withHolder("") { path, _ in
            let waits = AsyncStream.makeStream(of: Void.self)
            let task = Task { () async -> RunLockError? in
                do throws(RunLockError) {
                    _ = try await RunLock.acquire(path, wait: .seconds(600), runID: "r2") { _ in waits.1.finish() }
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in waits.0 {}
            task.cancel()
            let error = try #require(await task.value)
            guard case .stopped = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    /// Another program has the lock, and the file is as an earlier run left it.
    private func withHolder(_ record: String, _ body: (String, Int32) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/lock-tests-")
        defer { try? Folders.removeTree(folder) }
        let path = "\(folder)/lock"
        try Files.replace(path, with: Array("\(record)\n".utf8), mode: 0o644)
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let script =
            "import fcntl, os, sys; f = open(sys.argv[1]); fcntl.flock(f, 2); print(os.getpid(), flush=True); sys.stdin.read()"
        let other = try Coprocess(Command("/usr/bin/python3", ["-c", script, path])) { sink.yield($0) }
        var reader = lines.makeAsyncIterator()
        let process = try #require(await reader.next().flatMap { Int32($0) })
        let result: Result<Void, any Error>
        do { result = .success(try await body(path, process)) } catch { result = .failure(error) }
        other.closeInput()
        _ = await other.wait(patience: .seconds(5))
        try result.get()
    }

    @Test func `a lock file left by a dead run is no lock`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/lock-tests-")
        try Files.replace("\(folder)/lock", with: Array("99 then r0\n".utf8), mode: 0o644)
        _ = try await RunLock.acquire("\(folder)/lock", wait: .zero, runID: "r1")
        try Folders.removeTree(folder)
    }
}
