import Confinement
import Platform
import Synchronization
import Testing

/// The program itself, as the build put it beside the tests.
private let program = ((try? ProcessStart.executable()).map(Files.folder(of:)) ?? "") + "/host-bootstrap"

@Suite struct HelperServiceTests {
    @Test(
        .enabled(if: Account.currentUser == 0 && Files.isAccessible(program, 1), "needs root and the built program"),
        arguments: ["no request", "", "{}", #"{"request":{"id":1,"_1":{"rootShell":{}}}}"#, #"{"cancel":{"id":"x"}}"#])
    func `a line that is no request ends the real helper, which says so`(line: String) async throws {
        let command = Command(program, ["privileged-helper"], input: Array((line + "\n").utf8))
        let result = try await Subprocess.run(command, timeout: .seconds(300))
        #expect(result.exitCode == 1)
        #expect(result.output.contains("no request"))
    }
}

/// The real helper on the real kernel.
@Suite(
    .enabled(
        if: Account.currentUser == 0 && KernelSupport.hasSeccomp && Files.isAccessible(program, 1),
        "needs root, seccomp and the built program"))
struct HelperConfinementTests {
    @Test func `the helper says by what it is confined, and the kernel says the same of it`() async throws {
        let lines = AsyncStream.makeStream(of: String.self)
        let helper = try Coprocess(Command(program, ["privileged-helper"])) { lines.continuation.yield($0) }
        var first: String?
        for await line in lines.stream {
            first = line
            break
        }
        #expect(first == #"{"confined":{"_0":"\#(KernelSupport.landlock), seccomp"}}"#)
        let status = try Files.text("/proc/\(helper.process)/status") ?? ""
        #expect(status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t0"), "\(status)")
        helper.closeInput()
        #expect(await helper.wait(patience: .seconds(30)).exitCode == 0)
    }

    @Test func `what the helper starts as root can do without neither another process's memory nor another kernel`()
        async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/helper-tests-")
        defer { try? Folders.removeTree(folder) }
        // In apt's place, for this helper alone.
        let probe = """
            #!/usr/bin/python3
            import ctypes, platform
            libc = ctypes.CDLL(None, use_errno=True)
            for name, both in {"ptrace": (101, 117), "kexec_load": (246, 104), "init_module": (175, 105)}.items():
                libc.syscall(both[0 if platform.machine() == "x86_64" else 1], -1, -1, -1, -1, -1)
                print(name, ctypes.get_errno())
            """
        try Files.replace("\(folder)/apt-get", with: Array(probe.utf8), mode: 0o755)
        let script = "mount --bind \(folder)/apt-get /usr/bin/apt-get && exec \(program) privileged-helper"
        let request = #"{"request":{"id":1,"_1":{"updatePackageLists":{"lockTimeoutSeconds":1}}}}"# + "\n"
        let lines = Mutex<[String]>([])
        let answered = AsyncStream.makeStream(of: Void.self)
        let helper = try Coprocess(
            Command("/usr/bin/unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script])
        ) { line in
            lines.withLock { $0.append(line) }
            if line.hasFirstBytes(#"{"done""#) || line.hasFirstBytes(#"{"failed""#) { answered.continuation.finish() }
        }
        try helper.send(Array(request.dropLast().utf8))
        for await _ in answered.stream {}
        helper.closeInput()
        _ = await helper.wait(patience: .seconds(30))
        let done = lines.withLock { $0.last { $0.hasFirstBytes(#"{"done""#) } }
        #expect(done?.contains(#"ptrace 1\nkexec_load 1\ninit_module 1\n"#) == true, "\(lines.withLock { $0 })")
    }
}
