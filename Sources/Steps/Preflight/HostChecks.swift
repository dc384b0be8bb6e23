import Digests
import Confinement
import HostConfig
import Platform
import Privileged
internal import Glibc

/// What the machine itself must be.
extension PreflightCheck {
    static func operatingSystem(_ supported: [SupportedSystem]) -> PreflightCheck {
        PreflightCheck("operating-system") {
            guard let system = (try? OperatingSystem.current()) ?? nil else {
                return .failed("there is no /etc/os-release", hint: "use one of: \(list(supported))")
            }
            let found = "\(system.name) (\(system.id) \(system.version.isEmpty ? "without a version" : system.version))"
            if supported.contains(where: { $0.matches(id: system.id, versionID: system.version) }) {
                return .passed(found)
            }
            return .failed(
                "\(found) is not among: \(list(supported))",
                hint: "use a supported image, or allow this one with \"os_release\" in the config")
        }
    }

    private static func list(_ systems: [SupportedSystem]) -> String {
        systems.map(\.description).joined(separator: ", ")
    }

    static func systemd() -> PreflightCheck {
        PreflightCheck("systemd") {
            if OperatingSystem.isBootedWithSystemd { return .passed("systemd is process 1") }
            let first = ((try? Files.text("/proc/1/comm")) ?? nil)?.split(separator: "\n").first ?? "unknown"
            return .failed(
                "process 1 is \(first), not systemd",
                hint: "boot the machine with systemd; a plain container is no host")
        }
    }

    static func architecture(_ wanted: Architecture?) -> PreflightCheck {
        PreflightCheck("architecture") {
            let machine = OperatingSystem.machine
            guard let found = Architecture(name: machine) else {
                return .failed("this machine is \(machine)", hint: "use an x86_64 or aarch64 machine")
            }
            guard let wanted, wanted != found else { return .passed(machine) }
            return .failed(
                "this machine is \(machine), the config is for \(wanted.rawValue)",
                hint: "give this host a config with \"arch\": \"\(found.rawValue)\", or leave \"arch\" out")
        }
    }

    /// A wrong clock reads as a bad certificate later: it must not be before what is already on this machine.
    static func clock() -> PreflightCheck {
        PreflightCheck("clock") {
            let now = Timestamp.now()
            let written = ["/proc/self/exe", "/var/lib/dpkg/status"].compactMap { path in
                ((try? FileStatus.of(path, followingLink: true)) ?? nil).map { ($0.modified / 1_000_000, path) }
            }
            let day: Int64 = 86_400_000
            if let (newest, path) = written.max(by: { $0 < $1 }), now.milliseconds < newest - day {
                return .failed(
                    "it is \(now.rfc3339), but \(path) was written at \(Timestamp(milliseconds: newest).rfc3339)",
                    hint: "set the clock: sudo timedatectl set-ntp true, and look at timedatectl")
            }
            return .passed(now.rfc3339)
        }
    }
}

/// Who runs the agent, and with what rights.
extension PreflightCheck {
    static func user(_ wanted: String) -> PreflightCheck {
        PreflightCheck("user") {
            let number = Account.currentUser
            let again = "run it as that user: sudo -u \(wanted) -H \(await program()) apply --config FILE"
            if number == 0 { return .failed("running as root; the agent runs as \(wanted)", hint: again) }
            guard let account = (try? await Account.lookUp("\(number)")) ?? nil else {
                return .failed("user number \(number) has no account", hint: again)
            }
            if account.name == wanted { return .passed("running as \(wanted)") }
            return .failed("running as \(account.name); the config says \(wanted)", hint: again)
        }
    }

    /// What the kernel adds to our own checks; no host is refused for an older one.
    static func confinement() -> PreflightCheck {
        PreflightCheck("confinement") { .passed(KernelSupport.words()) }
    }

    /// The check that tells by which way the agent can act as root.
    static let rootID = "sudo"

    /// With `agent`, the digest of one that the config names, a door of that version will do: the run goes on as that one.
    static func sudo(_ user: String, agent: Digest? = nil) -> PreflightCheck {
        PreflightCheck(rootID) {
            do throws(SystemCallError) {
                let executable = try ProcessStart.executable()
                let door = await onOwnThread { () throws(Never) in ClosedDoor.state(for: executable) }
                let all = try await sudo(["true"])
                if door == .same, try await sudo(["-l", ClosedDoor.program, "privileged-helper"]).succeeded {
                    let besides = all.succeeded ? "; sudo lets \(user) do anything besides" : ", and by nothing else"
                    return .passed("root by \(ClosedDoor.program)\(besides)")
                }
                let isNamed = try await onOwnThread { () throws(SystemCallError) in
                    guard door == .other, let agent else { return false }
                    return try FileDigest.of(ClosedDoor.program) == agent
                }
                if isNamed, try await sudo(["-l", ClosedDoor.program, "privileged-helper"]).succeeded {
                    return .passed("root by \(ClosedDoor.program), for the agent that the config names")
                }
                if all.succeeded { return .passed("sudo -n true works: \(user) may do anything as root") }
                if door == .other {
                    return .failed(
                        "\(ClosedDoor.program) is of another version than this program",
                        hint:
                            "as root: \(ShellWord.plain(executable)) install-helper --user \(user); or, if root has a "
                            + "key for it: \(ShellWord.plain(executable)) install-helper --signature FILE.minisig")
                }
                return sudoRefusal(all, user, ShellWord.plain(executable))
            } catch {
                let hint =
                    error.isMissing ? "as root: apt-get install sudo; \(allowing(user))" : error.explanation.hint
                return .failed(error.explanation.summary, hint: hint)
            }
        }
    }

    /// sudo(8) lets this user do anything, without asking.
    static func mayDoAnythingAsRoot() async -> Bool { (try? await sudo(["true"]))?.succeeded == true }

    private static func sudo(_ words: [String]) async throws(SystemCallError) -> CommandResult {
        try await Subprocess.run(Command("/usr/bin/sudo", ["-n"] + words), timeout: .seconds(20))
    }

    /// What sudo(8) said, and the line in sudoers(5) that changes it.
    static func sudoRefusal(
        _ result: CommandResult, _ user: String, _ program: String = "host-bootstrap"
    ) -> Finding {
        let words = result.errors.split(separator: "\n").last.map(String.init) ?? "exit code \(result.exitCode)"
        if result.errors.contains("must have a tty") {
            return .failed(
                "sudo -n true: \(words); \"requiretty\" in sudoers forbids it to programs",
                hint: "as root: echo 'Defaults:\(user) !requiretty' >>/etc/sudoers.d/90-\(user)")
        }
        if result.timedOut {
            return .failed(
                "sudo -n true did not end within 20 s",
                hint: "does this host's own name resolve? getent hosts \"$(hostname)\"; look at journalctl -t sudo")
        }
        return .failed(
            "sudo -n true: \(words)",
            hint: "as root: \(allowing(user)); or, for nothing but this: \(program) install-helper --user \(user)")
    }

    private static func allowing(_ user: String) -> String {
        "echo '\(user) ALL=(ALL) NOPASSWD:ALL' >>/etc/sudoers.d/90-\(user)"
    }

    static func home(_ user: String) -> PreflightCheck {
        PreflightCheck("home") {
            guard let account = (try? await Account.lookUp(user)) ?? nil else {
                return .failed("getent passwd knows no \(user)", hint: "create it: sudo useradd --create-home \(user)")
            }
            let status = (try? FileStatus.of(account.home, followingLink: true)) ?? nil
            let make = "sudo install -d -o \(user) -m 750 \(ShellWord.plain(account.home))"
            guard let status else { return .failed("there is no \(account.home)", hint: make) }
            guard status.kind == .folder else {
                return .failed("\(account.home) is no folder", hint: "move it away, then \(make)")
            }
            guard status.owner == account.user else {
                return .failed(
                    "\(account.home) belongs to user \(status.owner), not \(account.user)",
                    hint: "sudo chown \(user) \(ShellWord.plain(account.home))")
            }
            return .passed(account.home)
        }
    }
}
