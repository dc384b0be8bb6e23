import Confinement
import Glibc
import Platform
import Testing

@Suite(.enabled(if: KernelSupport.hasSeccomp, "this kernel has no seccomp"))
struct SystemCallFilterTests {
    /// Makes each call with arguments that are wrong for all of them, and says by which number it failed.
    private static let probe = """
        import ctypes, mmap, os, platform, sys
        libc = ctypes.CDLL(None, use_errno=True)
        def told(name, number):
            ctypes.set_errno(0)
            value = libc.syscall(number, -1, -1, -1, -1, -1)
            print(name, ctypes.get_errno() if value < 0 else 0)
        x86 = platform.machine() == "x86_64"
        numbers = {
            "ptrace": (101, 117), "process_vm_readv": (310, 270), "init_module": (175, 105), "bpf": (321, 280),
            "kexec_load": (246, 104), "keyctl": (250, 219), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
            "io_uring_setup": (425, 425),
        }
        for name, both in numbers.items(): told(name, both[0 if x86 else 1])
        told("unshare-user", 272 if x86 else 97)
        # A program of 32 bits on the same kernel: ptrace(2) is number 26 there.
        if x86:
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(bytes.fromhex("53b81a000000bbffff0000cd805bc3"))
            call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
            print("ptrace-32", -call())
        if os.fork() == 0: os._exit(0)
        print("forked", os.wait()[1])
        """

    /// What the probe says; a child has the filters of the thread that starts it.
    private static func results(
        _ prepare: @escaping @Sendable () throws(SystemCallError) -> Void = {}
    ) async throws -> [String: Int] {
        let child = try await onOwnThread { () throws(SystemCallError) in
            try prepare()
            return try Coprocess(Command("/usr/bin/python3", ["-c", probe])) { _ in }
        }
        child.closeInput()
        let result = await child.wait(patience: .seconds(60))
        #expect(result.succeeded, "\(result.errors)")
        return result.output.split(separator: "\n").reduce(into: [:]) { found, line in
            let words = line.split(separator: " ")
            if words.count == 2 { found[String(words[0])] = Int(words[1]) }
        }
    }

    @Test func `what is started behind the helper's filter has none of its calls, in no set of calls of this machine`()
        async throws
    {
        let free = try await Self.results()
        let confined = try await Self.results { () throws(SystemCallError) in
            try SystemCallFilter.helper.apply(to: .thread)
        }
        for (name, code) in confined where name != "forked" { #expect(code == 1, "\(name): \(code)") }
        #expect(confined["forked"] == 0 && confined.count == free.count, "\(confined)")
        // Without the filter most are there, and find fault with what they are given.
        #expect(free.values.count { $0 == 1 } < free.count / 2, "\(free)")
        #expect(free["ptrace"] != 1 && free["keyctl"] != 1 && free["ptrace-32"] != 1, "\(free)")
    }

    @Test func `unpacking starts no program and opens no socket`() async throws {
        let codes = try await onOwnThread { () throws(SystemCallError) in
            try SystemCallFilter.unpacking.apply(to: .thread)
            let started: Int32
            do throws(SystemCallError) {
                _ = try Coprocess(Command("/bin/true")) { _ in }
                started = 0
            } catch {
                started = error.code
            }
            return [started, socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) < 0 ? errno : 0]
        }
        #expect(codes == [EPERM, EPERM])
    }

    @Test func `other threads keep their calls`() async throws {
        try await onOwnThread { () throws(SystemCallError) in try SystemCallFilter.unpacking.apply(to: .thread) }
        #expect(try await Subprocess.run(Command("/bin/true")).succeeded)
    }
}
