import Glibc
import Platform
import Testing

@Suite struct CoprocessTests {
    @Test func `lines go both ways, and everybody who waits for its end is told`() async throws {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let child = try Coprocess(Command("/bin/cat")) { sink.yield($0) }
        try child.send(Array("one".utf8))
        try child.send(Array("two".utf8))
        var seen: [String] = []
        for await line in lines {
            seen.append(line)
            if seen.count == 2 { break }
        }
        #expect(seen == ["one", "two"])
        async let first = child.wait()
        async let second = child.wait(patience: .seconds(60))
        async let third = child.wait()
        child.closeInput()
        #expect(await [first, second, third].map(\.exitCode) == [0, 0, 0])
        #expect(throws: SystemCallError.self) { try child.send([1]) }
    }

    @Test func `a child that does not end is killed when patience is over`() async throws {
        let child = try Coprocess(Command("/bin/sh", ["-c", "trap '' TERM; while :; do sleep 600; done"])) { _ in }
        child.closeInput()
        #expect(await child.wait(patience: .milliseconds(200)).exitCode == 128 + 9)
    }

    @Test func `a line as long as the longest answer comes whole`() async throws {
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let child = try Coprocess(
            Command("/bin/sh", ["-c", "head -c 1000000 /dev/zero | tr '\\0' a; echo"])
        ) { sink.yield($0) }
        var first: Int?
        for await line in lines {
            first = line.utf8.count
            break
        }
        #expect(first == 1_000_000)
        child.closeInput()
        _ = await child.wait()
    }

    @Test(.enabled(if: Account.currentUser == 0, "only root can start what it may then not kill"))
    func `a child that may not be killed is left alone when patience is over`() async {
        await #expect(processExitsWith: .success) {
            // It ends with this process, which holds its standard input.
            let child = try Coprocess(Command("/bin/cat")) { _ in }
            #expect(setreuid(65534, 65534) == 0)
            #expect(await child.wait(patience: .milliseconds(100)).timedOut)
        }
    }
}
