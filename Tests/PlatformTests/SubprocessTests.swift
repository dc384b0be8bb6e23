import Platform
import Testing

@Suite struct SubprocessTests {
    @Test func `exit code, output and errors come back apart`() async throws {
        let result = try await Subprocess.run(Command("/bin/sh", ["-c", "echo out; echo err >&2; exit 7"]))
        #expect(result.exitCode == 7)
        #expect(result.output == "out\n")
        #expect(result.errors == "err\n")
        #expect(!result.timedOut)
    }

    @Test func `a child that floods both pipes does not hang and only the tail is kept`() async throws {
        let flood = "head -c 300000 /dev/zero | tr '\\0' a; head -c 300000 /dev/zero | tr '\\0' b >&2; echo end"
        let result = try await Subprocess.run(Command("/bin/sh", ["-c", flood]))
        #expect(result.output.utf8.count == 65536)
        #expect(result.output.hasSuffix("aend\n"))
        #expect(result.errors.utf8.count == 65536)
    }

    @Test func `input reaches the child to its end`() async throws {
        let input = [UInt8](repeating: 120, count: 200_000)
        let result = try await Subprocess.run(Command("/usr/bin/wc", ["-c"], input: input))
        #expect(result.output == "200000\n")
    }

    @Test func `when time is up the whole group dies, grandchildren too`() async throws {
        let result = try await Subprocess.run(
            Command("/bin/sh", ["-c", "sleep 98765 & echo $!; wait"]), timeout: .milliseconds(200))
        #expect(result.timedOut)
        let grandchild = try #require(Int32(result.output.split(separator: "\n")[0]))
        // A signal that was sent takes a moment to end a process.
        for _ in 0..<500 where !isGone(grandchild) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(isGone(grandchild))
    }

    @Test func `cancelling the task stops the child`() async throws {
        let task = Task { try await Subprocess.run(Command("/bin/sleep", ["98764"])) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        #expect(try await task.value.exitCode == 128 + 15)
    }

    @Test func `a child starts with no signal blocked or ignored and no descriptor but three`() async throws {
        let leak = try Descriptor.open("/dev/null", 0)
        let result = try await Subprocess.run(
            Command("/bin/sh", ["-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd"]))
        #expect(leak.number > 2)
        let lines = result.output.split(separator: "\n")
        // Signals 32 and 33 are glibc's own and cannot be reset.
        let masks = lines.prefix(2).compactMap { UInt64($0.suffix(16), radix: 16).map { $0 & 0x7fff_ffff } }
        #expect(masks == [0, 0])
        #expect(lines.dropFirst(2) == ["0", "1", "2", "3"])  // 3 is ls's own look at the folder
    }

    @Test func `a program that is not there is an error that names it`() async {
        await #expect(throws: SystemCallError("posix_spawn", "/no/such/program", code: 2)) {
            try await Subprocess.run(Command("/no/such/program"))
        }
    }

    @Test func `each line is handed on as it comes`() async throws {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        _ = try await Subprocess.run(Command("/bin/sh", ["-c", "echo a; echo b"]), onLine: { sink.yield($0) })
        sink.finish()
        #expect(await lines.reduce(into: []) { $0.append($1) } == ["a", "b"])
    }

    private func isGone(_ process: Int32) -> Bool {
        ((try? Files.text("/proc/\(process)/stat")) ?? nil)?.contains(") Z ") ?? true
    }
}
