import Platform
@testable import Privileged
import Testing

@Suite struct KernelSettingsTests {
    private static let path = "/etc/sysctl.d/60-host-bootstrap-ops.conf"

    @Test func `what is written for each boot is read back as the same settings`() throws {
        let settings = KernelSettings(["net.core.somaxconn": "4096", "net.ipv4.ip_local_port_range": "20000 60999"])
        #expect(try KernelSettings(file: Array(settings.text.utf8), Self.path) == settings)
        #expect(KernelSettings.file(of: "ops") == Self.path)
    }

    @Test(arguments: [
        "net.core.somaxconn = 1\n", "# x\nnet.core.somaxconn = 1\n", "-net.core.somaxconn = 1\n", "net.* = 1\n",
        "net.core.somaxconn=1\n", "kernel.core_pattern = |/x\n\n", "a.b = 1\u{0}\n", "a.b = 1 \n",
    ])
    func `any other text is refused`(lines: String) {
        let head = KernelSettings([:]).text
        for text in [lines, head + lines + "#\n", head + "net.core.somaxconn = 2\n" + lines + lines] {
            #expect(throws: PrivilegedError.self) { try KernelSettings(file: Array(text.utf8), Self.path) }
        }
    }

    @Test(arguments: [
        ("/etc/sysctl.d/60-host-bootstrap-ops.conf", true), ("/etc/sysctl.d/60-host-bootstrap-.conf", false),
        ("/etc/sysctl.d/x.conf", false), ("/etc/sysctl.d/a/60-host-bootstrap-ops.conf", false),
        ("/usr/lib/sysctl.d/60-host-bootstrap-ops.conf", false),
    ])
    func `only a user's own file in its one folder is a file of settings`(path: String, isOne: Bool) throws {
        #expect(KernelSettings.isFile(path) == isOne)
        let content = Array(KernelSettings(["net.core.somaxconn": "1"]).text.utf8)
        if isOne {
            try RootFile(path: path).checkPlace()
            try KernelSettings.checkFile(path, content, owner: "root")
        } else {
            #expect(throws: PrivilegedError.self) { try RootFile(path: path).checkPlace() }
        }
        #expect(throws: PrivilegedError.self) { try KernelSettings.checkFile(path, content, owner: "ops") }
    }

    @Test(arguments: [
        "kernel.core_pattern", "kernel.modprobe", "kernel/core_pattern", "vm.mmap_min_addr",
        "kernel.randomize_va_space",
        "kernel.yama.ptrace_scope", "fs.protected_symlinks", "fs.suid_dumpable", "kernel.unprivileged_bpf_disabled",
        "user.max_user_namespaces", "vm.swappiness_x", "nets.core.x", "kernel.pid_max.x.y/../core_pattern",
    ])
    func `behind the closed door nothing is set that leads to root or takes a defence away`(name: String) {
        #expect(throws: PrivilegedError.self) { try KernelSettings([name: "1"]).checkHarmless(for: "ops") }
    }

    @Test(arguments: ["net.core.somaxconn", "vm.swappiness", "vm/max_map_count", "fs.inotify.max_user_watches"])
    func `what bounds the network and the memory may be set there`(name: String) throws {
        try KernelSettings([name: "1"]).checkHarmless(for: "ops")
    }

    @Test func `a setting that this kernel has not is told with the folder to look into`() async {
        let error = await #expect(throws: PrivilegedError.self) {
            try await KernelSettings(["net.core.no_such_setting": "1"]).set()
        }
        #expect(error?.explanation.hint.contains("/proc/sys/net/core") == true)
    }
}
