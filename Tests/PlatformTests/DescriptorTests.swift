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
        // It has the fifo open for both, and so for certain before the reader comes.
        let line = "exec 3<>fifo; touch ready; sleep 0.3; echo late >&3; sleep 0.1"
        async let writer = Subprocess.run(Command("/bin/sh", ["-ec", line], workingDirectory: folder))
        while try FileStatus.of("\(folder)/ready") == nil { try await Task.sleep(for: .milliseconds(5)) }
        let file = try Descriptor.open("\(folder)/fifo", O_RDONLY)
        let first = try await onOwnThread { [number = file.number] () throws(SystemCallError) -> [UInt8] in
            var buffer = [UInt8](repeating: 0, count: 16)
            let count = try Descriptor(owning: dup(number)).read(into: &buffer, path: "fifo") ?? 0
            return Array(buffer[..<count])
        }
        #expect(first == Array("late\n".utf8))
        _ = try await writer
    }
}
