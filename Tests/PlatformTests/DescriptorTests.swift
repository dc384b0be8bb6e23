import Glibc
import Platform
import Testing

@Suite struct DescriptorTests {
    @Test func `a fifo in a file's place reads as empty, and holds nobody up`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/platform-tests-")
        defer { try? Folders.removeTree(folder) }
        try #require(try await Subprocess.run(Command("/usr/bin/mkfifo", ["\(folder)/fifo"])).succeeded)
        #expect(try await onOwnThread { () throws(SystemCallError) in try Files.read("\(folder)/fifo") } == [])
    }

    @Test func `of a fifo with a writer, all is waited for that comes`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/platform-tests-")
        defer { try? Folders.removeTree(folder) }
        try #require(try await Subprocess.run(Command("/usr/bin/mkfifo", ["\(folder)/fifo"])).succeeded)
        // Open for both: such a writer waits for no reader, and is there for as long as the reader looks.
        let writer = try Descriptor.open("\(folder)/fifo", O_RDWR)
        let file = try Descriptor.open("\(folder)/fifo", O_RDONLY)
        async let first = onOwnThread { [number = file.number] () throws(SystemCallError) -> [UInt8] in
            var buffer = [UInt8](repeating: 0, count: 16)
            let count = try Descriptor(owning: dup(number)).read(into: &buffer, path: "fifo") ?? 0
            return Array(buffer[..<count])
        }
        try writer.write(Array("late\n".utf8), path: "fifo")
        #expect(try await first == Array("late\n".utf8))
    }
}
