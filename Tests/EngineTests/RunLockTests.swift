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
                    [path, "/bin/sh", "-c", "echo 7 2026-01-01T00:00:00.000Z r1 > \(path); sleep 600"]))
        }
        while try RunLock.currentHolder(path) == nil || Files.text(path)?.isEmpty != false {
            try await Task.sleep(for: .milliseconds(5))
        }
        let expected = RunLockError.held(path: path, holder: "process 7, run r1, since 2026-01-01T00:00:00.000Z")
        await #expect(throws: expected) { _ = try await RunLock.acquire(path, wait: .zero, runID: "r2") }

        let waiting = Trace()
        let waiter = Task {
            _ = try await RunLock.acquire(path, wait: .seconds(30), runID: "r3") { waiting.add($0) }
            return try Files.text(path)?.contains(" r3") ?? false
        }
        while waiting.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        holder.cancel()
        #expect(try await waiter.value)
        _ = try await holder.value
        try Folders.removeTree(folder)
    }

    @Test func `a lock file left by a dead run is no lock`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/lock-tests-")
        try Files.replace("\(folder)/lock", with: Array("99 then r0\n".utf8), mode: 0o644)
        _ = try await RunLock.acquire("\(folder)/lock", wait: .zero, runID: "r1")
        try Folders.removeTree(folder)
    }
}
