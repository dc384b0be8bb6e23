import Platform
import Testing

/// What `docs/hydration.md` shows for containers, done by the released program in a root folder that holds nothing else.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs a release and root, as Tests/run has them for scenarios"))
struct HydrationScenario {
    @Test(arguments: [("", "0"), ("--userspec=65532:65532", "65532")])
    func `as process 1 of an empty image, by the line of the example, a volume is filled once`(
        user: String, owner: String
    ) async throws {
        try await with { image async throws in
            try await image.makeVolume(owner: owner)
            let line = try Self.example().map {
                $0 == "https://data.example/index.tar.gz" ? "file:///x/index.tar.gz" : $0
            }
            let first = try await image.run(user, line)
            #expect(first.exitCode == 0, "\(first.errors)")
            #expect(first.output == "data: index.bin, index.json came from file:///x/index.tar.gz\n")
            #expect(try Files.text("\(image.top)/data/index.bin") == "binary")
            let owners = try await image.shell("stat -c %u data/index.bin data/index.json; ls -A; ls -A data")
            #expect(
                owners
                    == "\(owner)\n\(owner)\ndata\nhost-bootstrap\nproc\nx\n.host-bootstrap-lock\nindex.bin\nindex.json\n"
            )
            let second = try await image.run(user, line)
            #expect(second.output == "data: index.bin, index.json are there\n", "\(second)")
        }
    }

    @Test func `a stop of the container ends it in order, and the next start goes on`() async throws {
        try await with { image async throws in
            try await image.makeVolume(owner: "0")
            let stopped = try await image.shell(
                """
                exec 9>data/.host-bootstrap-lock; flock 9
                unshare --pid --fork --mount-proc="$PWD/proc" /usr/sbin/chroot . /host-bootstrap hydrate \
                    file:///x/index.tar.gz --into /data --files index.bin 2>errors 9>&- & container=$!
                until grep -q 'waiting for another process' errors; do sleep 0.05; done
                kill -TERM "$(pgrep -P $container)"; wait $container || echo "ended $?"
                """)
            #expect(stopped == "ended 143\n")
            let next = try await image.run("", ["file:///x/index.tar.gz", "--into", "/data", "--files", "index.bin"])
            #expect(next.exitCode == 0, "\(next.errors)")
        }
    }

    @Test func `without /proc, which Swift's runtime needs, it ends with words`() async throws {
        try await with { image async throws in
            try await image.makeVolume(owner: "0")
            let line = ["file:///x/index.tar.gz", "--into", "/data", "--files", "index.bin"]
            let run = try await image.run("", line, mountsProc: false)
            #expect(run.exitCode == 1 && run.errors.hasPrefix("error: /proc is not mounted here\nhint: "), "\(run)")
            #expect(try Folders.names(in: "\(image.top)/data") == [])
        }
    }

    /// The arguments in the example of an init container.
    private static func example() throws -> [String] {
        let page = try #require(try Files.text("\(Site.checkout)/docs/hydration.md"))
        let line = try #require(page.split(separator: "\n").first { $0.contains("args: [") })
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }

    /// A folder that is a container's root.
    private struct Image {
        let top: String

        func makeVolume(owner: String) async throws {
            _ = try await shell(
                """
                cp "\(Site.distribution)/host-bootstrap-$(uname -m)" host-bootstrap; mkdir -p data proc x in/deep; chown \(owner) data
                printf binary >in/deep/index.bin; printf '{}' >in/index.json; tar -C in -czf x/index.tar.gz .
                sha256sum x/index.tar.gz >x/index.tar.gz.sha256; rm -r in; chmod -R a+rX .
                """)
        }

        /// As process 1, with nothing around it but what every container runtime mounts.
        func run(_ user: String, _ line: [String], mountsProc: Bool = true) async throws -> CommandResult {
            let mount = mountsProc ? "mount -t proc proc proc;" : ""
            let enter = "\(mount) exec /usr/sbin/chroot \(user) . /host-bootstrap hydrate \"$@\""
            return try await Subprocess.run(
                Command(
                    "/usr/bin/unshare", ["--mount", "--pid", "--fork", "/bin/sh", "-ec", enter, "sh"] + line,
                    environment: ["PATH": "/usr/bin:/usr/sbin:/bin"], workingDirectory: top), timeout: .seconds(120))
        }

        func shell(_ text: String) async throws -> String {
            let result = try await Subprocess.run(
                Command("/bin/bash", ["-euc", text], workingDirectory: top), timeout: .seconds(120))
            try #require(result.succeeded, "\(result.errors)")
            return result.output
        }
    }

    private func with(_ body: (Image) async throws -> Void) async throws {
        let image = Image(top: try Folders.makeTemporary(prefix: "/tmp/hydration-scenario-"))
        defer { try? Folders.removeTree(image.top) }
        try Files.setMode(image.top, 0o755)
        try await body(image)
    }
}
