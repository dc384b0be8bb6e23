import Glibc
import Platform
import Testing

@testable import Transfer

/// The real program, as people run it.
@Suite(
    .enabled(if: Files.isAccessible(FakeServer.python, X_OK), "needs python3 to serve"),
    .enabled(if: Files.isAccessible(FakeAuthority.openssl, X_OK), "needs openssl to sign"))
struct BundleInstallTests {
    @Test func `the command takes an authority and a secret from files`() async throws {
        try await withArchive { authority, server, folder async throws in
            try Files.replace("\(folder)/token", with: Array("Private-Token: SECRET\n".utf8), mode: 0o600)
            let arguments = [
                try server.url("file\(folder)/tool.tar.gz", host: "localhost").text, "--into", "\(folder)/tool",
                "--no-verify", "--ca-file", authority.file, "--header-file", "\(folder)/token",
            ]
            let result = try await run("\"$0\" bundle install \"$@\"", arguments)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try Files.text("\(folder)/tool/file") == "content")
            #expect(try await server.secrets("file\(folder)/tool.tar.gz") == ["- | SECRET"])
            #expect(!result.errors.contains("SECRET"))
        }
    }

    @Test func `without the authority it fails and says what to do`() async throws {
        try await withArchive { _, server, folder async throws in
            let url = try server.url("file\(folder)/tool.tar.gz", host: "localhost").text
            let result = try await run(
                "\"$0\" bundle install \"$@\"", [url, "--into", "\(folder)/tool", "--no-verify"])
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("--ca-file"))
            #expect(try FileStatus.of("\(folder)/tool") == nil)
        }
    }

    @Test(arguments: [
        "status/401?signature=SECRET", "away/302?to=http://127.0.0.1:1/x?s=SECRET", "encoded/gzip?s=SECRET",
    ])
    func `a secret shows up in no error`(path: String) async throws {
        try await withArchive { authority, server, folder async throws in
            try Files.replace("\(folder)/token", with: Array("SECRET\n".utf8), mode: 0o600)
            let arguments = [
                try server.url(path, host: "user:SECRET@localhost").text, "--into",
                "\(folder)/tool", "--no-verify", "--ca-file", authority.file, "--header-file", "\(folder)/token",
            ]
            let result = try await run("\"$0\" bundle install \"$@\"", arguments)
            #expect([1, 5].contains(result.exitCode))
            #expect(!(result.errors + result.output).contains("SECRET"), "\(result.errors)")
        }
    }

    @Test(arguments: ["", "two\nlines", "Host: x"])
    func `a file without a usable secret is refused before anything is sent`(content: String) async throws {
        try await withArchive { authority, server, folder async throws in
            try Files.replace("\(folder)/token", with: Array(content.utf8), mode: 0o600)
            let arguments = [
                try server.url("ok", host: "localhost").text, "--into", "\(folder)/tool", "--no-verify", "--ca-file",
                authority.file, "--header-file", "\(folder)/token",
            ]
            #expect(try await run("\"$0\" bundle install \"$@\"", arguments).exitCode == 1)
            #expect(try await server.requests("ok").isEmpty)
        }
    }

    @Test(arguments: [
        ("page", #"the server sent text/html, 94 bytes, beginning "<!DOCTYPE html>\n<title>Log in</title>"#, "curl -v"),
        ("pointer", #"text/plain, 63 bytes, beginning "version https://git-lfs"#, "Git LFS"),
        ("accepted", "no byte of content", "published"),
    ])
    func `what is no archive is told for what it is`(path: String, words: String, hint: String) async throws {
        try await withArchive { authority, server, folder async throws in
            let url = try server.url(path, host: "localhost").text
            for check in [["--no-verify"], ["--sha256", String(repeating: "0", count: 64)], ["--checksum-url", url]] {
                let arguments = [url, "--into", "\(folder)/tool", "--ca-file", authority.file] + check
                let result = try await run("\"$0\" bundle install \"$@\"", arguments)
                #expect(result.exitCode == 5)
                // Of a list of checksums no more is told than what it begins with.
                let start = check[0] == "--checksum-url" ? words.firstRange(of: "beginning")?.lowerBound : nil
                #expect(result.errors.contains(words[(start ?? words.startIndex)...]), "\(result.errors)")
                #expect(result.errors.contains(hint) && !result.errors.contains("bundle_checksums"), "\(result.errors)")
            }
        }
    }

    @Test func `an archive with an encoding's name on it is installed when its digest is right`() async throws {
        try await withArchive { authority, server, folder async throws in
            let url = try server.url("gzipped\(folder)/tool.tar.gz", host: "localhost").text
            let digest = try await Subprocess.run(Command("/usr/bin/sha256sum", ["\(folder)/tool.tar.gz"]))
            let arguments = [
                url, "--into", "\(folder)/tool", "--ca-file", authority.file, "--sha256",
                String(digest.output.prefix(64)),
            ]
            let result = try await run("\"$0\" bundle install \"$@\"", arguments)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try Files.text("\(folder)/tool/file") == "content")
        }
    }

    @Test(arguments: [
        "http://example.org/x.tar", "ftp://a/x", "x.tar", "https://u:SECRET@ME@h/x", "https://u:a/SECRET@h/x",
    ])
    func `an address that is not taken is a wrong command line`(url: String) async throws {
        let into = ["--into", "/nowhere/tool", "--no-verify"]
        let result = try await run("\"$0\" bundle install \"$@\"", [url] + into)
        #expect(result.exitCode == 2, "\(result.errors)")
        #expect(result.errors.contains("hint: use an https: address") && !result.errors.contains("SECRET"))
        let checksum = try await run(
            "\"$0\" bundle install \"$@\"", ["file:///x.tar", "--into", "/nowhere/tool", "--checksum-url", url])
        #expect(checksum.exitCode == 2 && !checksum.errors.contains("SECRET"), "\(checksum.errors)")
    }

    @Test func `a port without TLS is told as such, at once`() async throws {
        try await FakeServer.with { server, folder async throws in
            let result = try await run(
                "\"$0\" bundle install \"$@\"",
                ["https://127.0.0.1:\(server.port)/ok", "--into", "\(folder)/tool", "--no-verify"])
            #expect(result.exitCode == 1)
            #expect(
                result.errors.contains("does not speak TLS") && !result.errors.contains("retrying"), "\(result.errors)")
        }
    }

    @Test func `a port with TLS is told when it is asked without`() async throws {
        try await withArchive { _, server, folder async throws in
            let result = try await run(
                "\"$0\" bundle install \"$@\"",
                ["http://127.0.0.1:\(server.port)/ok", "--into", "\(folder)/tool", "--no-verify"])
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("https:"), "\(result.errors)")
        }
    }

    /// The name's first address is one where a connection gets no answer; only the second serves.
    @Test(.enabled(if: geteuid() == 0, "needs root to give a name two addresses"), .timeLimit(.minutes(1)))
    func `a name whose IPv6 address is dead is reached by the other`() async throws {
        try await withArchive("DNS:broken.example,IP:127.0.0.1") { authority, server, folder async throws in
            try await Downloader(tls: authority.settings).fetch(server.url("deafen"), to: "\(folder)/deaf")
            try Files.replace(
                "\(folder)/hosts", with: Array("::1 broken.example\n127.0.0.1 broken.example\n".utf8), mode: 0o644)
            let script = """
                mount --bind \(folder)/hosts /etc/hosts && getent ahosts broken.example &&
                exec "$0" bundle install "$@"
                """
            let arguments = [
                try server.url("file\(folder)/tool.tar.gz", host: "broken.example").text, "--into", "\(folder)/tool",
                "--no-verify", "--ca-file", authority.file,
            ]
            let result = try await run(script, arguments, under: ["/usr/bin/unshare", "-m"])
            #expect(result.output.hasPrefix("::1 "), "the dead address must come first: \(result.output)")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try Files.text("\(folder)/tool/file") == "content")
        }
    }

    /// `script` is the shell's, with the program as `$0`.
    @Test(arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)])
    func `stopped by a signal it leaves nothing behind`(signal: String, code: Int32) async throws {
        try await withArchive { authority, server, folder async throws in
            let arguments = [
                // Nothing comes that could be refused, and end it before the signal does.
                try server.url("begun", host: "localhost").text, "--into", "\(folder)/into/tool", "--sha256",
                String(repeating: "0", count: 64), "--ca-file", authority.file,
            ]
            let script = """
                "$0" bundle install "$@" &
                until ls -A \(folder)/into 2>/dev/null | grep -q staging; do sleep 0.1; done
                ls -A \(folder)/into; kill -\(signal) $!; wait $!
                """
            let result = try await run(script, arguments)
            #expect(result.exitCode == code, "\(result.errors)")
            #expect(result.output.contains(".download-") && result.output.contains(".staging-tool-"))
            #expect(try Folders.names(in: "\(folder)/into") == [])
        }
    }

    @Test func `what a killed installation left goes with the next one, what a living one needs does not`() async throws
    {
        try await withArchive { authority, server, folder async throws in
            let (left, living) = ("\(folder)/.download-1", "\(folder)/.staging-tool-2")
            for path in [left, living] { try Folders.make("\(path)/content") }
            let (held, sink) = AsyncStream.makeStream(of: String.self)
            let owner = try Coprocess(Command("/usr/bin/flock", [living, "-c", "echo held; cat"])) { sink.yield($0) }
            var lines = held.makeAsyncIterator()
            #expect(await lines.next() == "held")
            let url = try server.url("file\(folder)/tool.tar.gz", host: "localhost").text
            let options = ["--into", "\(folder)/tool", "--no-verify", "--ca-file", authority.file]
            let result = try await run("\"$0\" bundle install \"$@\"", [url] + options)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try FileStatus.of(left) == nil)
            #expect(try FileStatus.of(living) != nil)
            owner.closeInput()
            _ = await owner.wait(patience: .seconds(5))
            let again = try await run("\"$0\" bundle install \"$@\"", [url] + options)
            #expect(again.exitCode == 1)
            #expect(again.errors.contains("is there already") && again.errors.contains("hint:"), "\(again.errors)")
            #expect(try Files.text("\(folder)/tool/file") == "content")
        }
    }

    @Test func `a bundle is packed, verified, installed and found damaged`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/bundle-command-")
        defer { try? Folders.removeTree(folder) }
        try Folders.make("\(folder)/source/bin")
        try Files.replace("\(folder)/source/bin/tool", with: Array("#!/bin/sh\n".utf8), mode: 0o755)
        let script = """
            set -e; cd \(folder)
            "$0" bundle pack source --name tool --bundle-version 1.0 --arch any
            "$0" bundle verify tool-1.0.tar.zst
            "$0" bundle install file://$PWD/tool-1.0.tar.zst --into out --checksum-url file://$PWD/tool-1.0.tar.zst.sha256
            "$0" bundle verify out
            echo >> out/bin/tool
            set +e; "$0" bundle verify out; echo "exit $?"
            "$0" bundle pack; echo "exit $?"; "$0" bundle burn x; echo "exit $?"
            """
        let result = try await run(script, [])
        let lines = result.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("tool-1.0.tar.zst: tool 1.0 for any, 1 files") == true, "\(result.errors)")
        #expect(lines.filter { $0.hasSuffix("all as its manifest says") }.count == 2)
        #expect(lines.suffix(3) == ["exit 5", "exit 2", "exit 2"])
        #expect(result.errors.contains("out: \"bin/tool\" has other content"))
    }

    private func run(
        _ script: String, _ arguments: [String], under wrapper: [String] = []
    ) async throws -> CommandResult {
        let program = "\(Files.folder(of: try ProcessStart.executable()))/host-bootstrap"
        let words = wrapper + ["/bin/sh", "-c", script, program] + arguments
        return try await Subprocess.run(Command(words[0], Array(words.dropFirst())), timeout: .seconds(300))
    }

    private func withArchive(
        _ names: String = "DNS:localhost,IP:127.0.0.1",
        _ body: (FakeAuthority, FakeServer, _ folder: String) async throws -> Void
    ) async throws {
        try await FakeAuthority.with { authority async throws in
            try await FakeServer.with(authority.server(names)) { server, folder async throws in
                try Files.replace("\(folder)/file", with: Array("content".utf8), mode: 0o644)
                let tar = Command("/usr/bin/tar", ["-C", folder, "-czf", "\(folder)/tool.tar.gz", "file"])
                try #require(try await Subprocess.run(tar).succeeded)
                try await body(authority, server, folder)
            }
        }
    }
}
