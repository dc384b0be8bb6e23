import Btrfs
import Platform
import Testing

@Suite struct ImageContentTests {
    @Test func `nothing, an empty file and a sparse file of zeros are nothing`() async throws {
        try await withFolder { folder in
            #expect(try ImageContent.of("\(folder)/absent") == .nothing)
            try Files.replace("\(folder)/empty", with: [], mode: 0o600)
            #expect(try ImageContent.of("\(folder)/empty") == .nothing)
            try await run("/usr/bin/truncate", "-s", "3G", "\(folder)/sparse")
            #expect(try ImageContent.of("\(folder)/sparse") == .nothing)
        }
    }

    @Test func `a single byte far inside, a folder and a link are something else`() async throws {
        try await withFolder { folder in
            try await run(
                "/bin/sh", "-c",
                "truncate -s 1G \(folder)/byte; printf x | dd of=\(folder)/byte bs=1 seek=700000000 conv=notrunc")
            #expect(try ImageContent.of("\(folder)/byte") == .other)
            #expect(try ImageContent.of(folder) == .other)
            try Files.replaceLink("\(folder)/link", target: "byte")
            #expect(try ImageContent.of("\(folder)/link") == .other)
        }
    }

    @Test func `a real btrfs is known by its label and size`() async throws {
        try await withFolder { folder in
            try await run("/usr/bin/truncate", "-s", "256M", "\(folder)/fs")
            try await run("/usr/sbin/mkfs.btrfs", "-q", "-L", "host-bootstrap", "\(folder)/fs")
            #expect(try ImageContent.of("\(folder)/fs") == .btrfs(label: "host-bootstrap", bytes: 256 << 20))
        }
    }

    private func run(_ program: String, _ arguments: String...) async throws {
        let result = try await Subprocess.run(Command(program, arguments))
        try #require(result.succeeded, "\(result.errors)")
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/btrfs-tests-")
        defer { try? Folders.removeTree(folder) }
        try await body(folder)
    }
}
