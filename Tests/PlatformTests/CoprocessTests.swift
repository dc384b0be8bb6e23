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
}
