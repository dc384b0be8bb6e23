import Platform
import Support
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

    @Test func `on a terminal packing and checking show their bytes, of which nothing stays`() async throws {
        try await with { top async throws in
            try await shell("head -c 60000000 /dev/urandom > tree/noise", top)
            let packing = ["pack", "tree", "--name", "tool", "--bundle-version", "1", "--output", "b.tar.zst"]
            let packed = try await onTerminal(packing, top)
            #expect(packed.contains(/pack, (hashing|compressing) +[0-9]+ s +([0-9.]+ of )?57\.2 MiB/), "\(packed)")
            #expect(Self.left(packed).hasPrefix("b.tar.zst: tool 1 for any, 1 files, "), "\(packed)")
            let verified = try await onTerminal(["verify", "b.tar.zst"], top)
            // What is there already when it is first shown is shown whole.
            #expect(verified.contains(/verify, unpacking +[0-9]+ s +([0-9.]+ of )?57\.[0-9] MiB/), "\(verified)")
            #expect(Self.left(verified).hasPrefix("b.tar.zst: tool 1 for any, 1 files, all as"), "\(verified)")
            let refused = try await onTerminal(["verify", "tree"], top)
            #expect(Self.left(refused).hasPrefix("error: tree: has no manifest.json"), "\(refused)")
            let silent = try await onTerminal(packing + ["--no-progress"], top)
            #expect(silent.hasPrefix("b.tar.zst: ") && !silent.contains("\u{1b}"), "\(silent)")
        }
    }

    @Test func `without a terminal short work prints its result and nothing else`() async throws {
        try await with { top async throws in
            try await shell("head -c 60000000 /dev/urandom > tree/noise", top)
            let packed = try await pack(top)
            #expect(packed.exitCode == 0 && packed.errors == "", "\(packed.errors)")
            let verified = try await Program.run("bundle", "verify", "\(top)/b.tar.zst", "--color", "never")
            #expect(verified.exitCode == 0 && verified.errors == "", "\(verified.errors)")
            #expect((packed.output + verified.output).byteLines.filter { !$0.isEmpty }.count == 2)
        }
    }

    /// What a terminal of the kind that moves its cursor is given.
    private func onTerminal(_ arguments: [String], _ top: String) async throws -> String {
        let words = ["TERM=xterm", try Program.path(), "bundle"] + arguments
        return try await TypedTerminal.run("/usr/bin/env", words, answers: [], in: top).output
    }

    /// What stands there when all is done that moves the cursor.
    private static func left(_ shown: String) -> String {
        shown.split(separator: "\u{1b}[J").last.map(String.init) ?? ""
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
