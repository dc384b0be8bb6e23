import Platform
import Testing

/// Bundles by the program itself, with the locale and the library that it has.
@Suite struct BundleProgramTests {
    private static let names = ["e\u{301}", "\u{e9}", "\u{1112}\u{1161}\u{11ab}", "\u{d55c}"]

    @Test func `names that look alike go through every command as they are`() async throws {
        try await with { top async throws in
            for name in Self.names { try Files.replace("\(top)/tree/\(name)", with: Array(name.utf8), mode: 0o644) }
            let packed = try await pack(top)
            #expect(packed.exitCode == 0, "\(packed.errors)")
            let verified = try await Program.run("bundle", "verify", "\(top)/b.tar.zst")
            #expect(verified.exitCode == 0 && verified.output.contains("4 files"), "\(verified.errors)")
            try await shell(
                "zstd -qdc b.tar.zst | tar -xC t; tar --format=pax -C t -cf p.tar .; cd t; zip -qr ../z.zip .", top)
            for archive in ["b.tar.zst", "p.tar", "z.zip"] {
                let into = "\(top)/into-\(archive)"
                let result = try await Program.run(
                    "bundle", "install", "file://\(top)/\(archive)", "--into", into, "--no-verify")
                #expect(result.exitCode == 0, "\(archive): \(result.errors)")
                for name in Self.names { #expect(try Files.text("\(into)/\(name)") == name) }
            }
        }
    }

    @Test func `what cannot be packed, or holds nothing, ends with 5 and says what to do`() async throws {
        try await with { top async throws in
            try await shell(
                """
                echo x > "tree/$(printf 'caf\\351')"; tar -cf empty.tar -T /dev/null; echo x > foo; tar -chf twice.tar foo foo
                """, top)
            let packed = try await pack(top)
            #expect(packed.exitCode == 5 && packed.errors.contains("caf\\xE9"), "\(packed.errors)")
            let unnamed = try await Program.run("bundle", "pack", "\(top)/tree", "--output", "\(top)/b.tar.zst")
            #expect(unnamed.exitCode == 5 && unnamed.errors.contains("--bundle-version"), "\(unnamed.errors)")
            for (archive, code) in [("empty.tar", 5), ("twice.tar", 0)] as [(String, Int32)] {
                let result = try await Program.run(
                    "bundle", "install", "file://\(top)/\(archive)", "--into", "\(top)/\(archive).d", "--no-verify")
                #expect(result.exitCode == code, "\(result.errors)")
            }
            #expect(try FileStatus.of("\(top)/empty.tar.d") == nil)
        }
    }

    @Test func `a project is packed by its own name, without what version control keeps, and installed`() async throws {
        try await with { top async throws in
            try await shell(
                """
                mkdir tree/.git; echo x > tree/.git/config; echo 'console.log(1)' > tree/server.js
                echo '{"name": "@acme/Web", "version": "1.2.3"}' > tree/package.json
                """, top)
            let packed = try await Program.run("bundle", "pack", "\(top)/tree", "--output", "\(top)/b.tar.zst")
            #expect(packed.exitCode == 0 && packed.output.contains(": web 1.2.3 for any, 2 files"), "\(packed)")
            #expect(packed.errors == "left out: \(top)/tree/.git\n")
            let installed = try await Program.run(
                "bundle", "install", "file://\(top)/b.tar.zst", "--into", "\(top)/there", "--checksum-url",
                "file://\(top)/b.tar.zst.sha256")
            #expect(installed.exitCode == 0, "\(installed.errors)")
            #expect(try Folders.names(in: "\(top)/there").sorted() == ["manifest.json", "package.json", "server.js"])
            try await shell("echo '{' > tree/package.json", top)
            let broken = try await Program.run("bundle", "pack", "\(top)/tree", "--output", "\(top)/c.tar.zst")
            #expect(broken.exitCode == 5 && broken.errors.contains("tree/package.json"), "\(broken.errors)")
        }
    }

    @Test(arguments: ["sha256:", ""], ["", "  b.tar"])
    func `a digest is taken as it was copied`(start: String, end: String) async throws {
        try await with { top async throws in
            try await shell(
                "echo x > tree/f; tar -C tree -cf b.tar .; sha256sum b.tar | cut -c-64 | tr -d '\\n' > sum", top)
            let digest = start + (try Files.text("\(top)/sum") ?? "") + end
            let result = try await Program.run(
                "bundle", "install", "file://\(top)/b.tar", "--into", "\(top)/into", "--sha256", digest)
            #expect(result.exitCode == 0, "\(result.errors)")
        }
    }

    private func pack(_ top: String) async throws -> CommandResult {
        try await Program.run(
            "bundle", "pack", "\(top)/tree", "--name", "tool", "--bundle-version", "1", "--output", "\(top)/b.tar.zst")
    }

    private func shell(_ line: String, _ top: String) async throws {
        let result = try await Subprocess.run(
            Command("/bin/bash", ["-euc", line], workingDirectory: top), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/bundle-program-tests-")
        defer { try? Folders.removeTree(top) }
        for name in ["tree", "t"] { try Folders.make("\(top)/\(name)") }
        try await body(top)
    }
}
