import Digests
import Platform
import Testing

@testable import Hub

@Suite(.postgreSQL) struct IntakeTests {
    @Test func `a bundle lies beside its checksum, in sha256sum's form, with its length, and nothing else is left`()
        async throws
    {
        try await LiveHub.with { hub in
            let bundle = try hub.bundle()
            #expect(bundle.urlPath == "/artifacts/bundles/tools.tar.xz")
            #expect(
                try await hub.get("\(bundle.urlPath).sha256").body
                    == "\(Digest.of(LiveHub.content).hex)  tools.tar.xz\nSIZE (tools.tar.xz) = \(LiveHub.content.count)\n"
            )
            #expect(try Folders.names(in: "\(hub.folder)/data/staging").isEmpty)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `a bundle of the same name replaces the one before, tag and checksum too`(database: TestDatabase) async throws
    {
        try await LiveHub.with(database) { hub in
            _ = try hub.bundle()
            let newer = Array("newer".utf8)
            let bundle = try hub.hub.addBundle(hub.file("tools.tar.xz", newer))
            let reply = try await hub.get(bundle.urlPath)
            #expect(reply.body == "newer")
            #expect(reply.headers["etag"] == "\"sha256-\(Digest.of(newer).hex)\"")
            #expect(try await hub.get("\(bundle.urlPath).sha256").body.hasPrefix(Digest.of(newer).hex))
        }
    }

    @Test(arguments: [(62 as UInt8, ElfMachine.x86_64), (183, .aarch64)])
    func `a binary is known by its machine and keeps its address when a newer one comes`(
        machine: UInt8, name: ElfMachine
    ) async throws {
        try await LiveHub.with { hub in
            let old = try hub.hub.addBinary(hub.file("agent", Self.elf(machine) + [1]))
            #expect(old.machine == name)
            let new = try hub.hub.addBinary(hub.file("agent", Self.elf(machine) + [2]))
            #expect(old.urlPath != new.urlPath)
            #expect(try await hub.get(old.urlPath).status == 200)
            #expect(try hub.hub.store.newestBinaries() == [name: new])
        }
    }

    @Test(arguments: [
        [], Array("#!/bin/sh\n".utf8), elf(40), elf(62).dropLast(2) + [], elf(62, class: 1), elf(62, type: 1),
    ])
    func `what is no executable of a known machine is refused`(bytes: [UInt8]) async throws {
        try await LiveHub.with { hub in
            let path = try hub.file("agent", bytes)
            #expect(throws: HubError.notABinary(path: path, reason: "no 64-bit ELF executable of a known machine")) {
                try hub.hub.addBinary(path)
            }
        }
    }

    @Test(arguments: [".hidden", "a b", "ä", "a\nb", "-x"])
    func `a name that cannot stand in a URL is refused`(name: String) async throws {
        try await LiveHub.with { hub in
            let path = try hub.file(name, [1])
            #expect(throws: HubError.badFileName(path: path)) { try hub.hub.addBundle(path) }
        }
    }

    @Test func `a folder and a missing file are refused by the kernel's words`() async throws {
        try await LiveHub.with { hub in
            #expect(throws: HubError.self) { try hub.hub.addBundle("/tmp") }
            #expect(throws: HubError.system(SystemCallError("open", "/no/such", code: 2))) {
                try hub.hub.addBundle("/no/such")
            }
        }
    }

    /// The first 20 bytes of an ELF file.
    static func elf(_ machine: UInt8, class: UInt8 = 2, type: UInt8 = 2) -> [UInt8] {
        [0x7f, 0x45, 0x4c, 0x46, `class`, 1] + [UInt8](repeating: 0, count: 10) + [type, 0, machine, 0]
    }
}
