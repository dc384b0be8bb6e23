import Digests
internal import Glibc
internal import JSON
public import Platform
import Systemd

/// Makes the closed door, as root, and takes it away again.
public struct HelperInstallation: Sendable {
    private let account: Account
    private let policy: HelperPolicy
    private let version: String
    private let keys: [Minisign.PublicKey: String]

    /// Lets a user ask for what the policy that is there allows, and for these units besides, and bring newer versions of this
    /// program, which is of the version given, when one of these keys has signed them.
    ///
    /// Blocks.
    public init(
        for account: Account, version: String, units: [String], rootUnits: [String], keys: [String]
    ) throws(PrivilegedError) {
        guard Account.currentUser == 0 else {
            throw .refused(
                what: "only root may make it", place: "install-helper",
                hint: "sudo \((try? ProcessStart.executable()).map(ShellWord.plain) ?? "host-bootstrap") install-helper"
            )
        }
        let name = account.name.utf8
        let isPlain = name.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "_-".utf8.contains($0)
        }
        guard account.user != 0, isPlain, !name.isEmpty, name.first != UInt8(ascii: "-") else {
            throw .refused(
                what: "no sudoers line is written for that user", place: account.name,
                hint: "name the bootstrap user: letters, digits, - and _, and never root")
        }
        for unit in units + rootUnits {
            do throws(SystemdError) { _ = try UnitName(unit) } catch { throw .failed(error.explanation) }
        }
        var known: [Minisign.PublicKey: String] = [:]
        for text in keys {
            guard let key = Minisign.PublicKey(text) else {
                throw .refused(
                    what: "it is no public key of minisign's", place: text,
                    hint: "give the second line of the .pub file")
            }
            known[key] = text
        }
        self.version = version
        self.keys = known
        var policy = try HelperPolicy.read()
        policy.units = Set(policy.units + units).sorted()
        policy.rootUnits = Set(policy.rootUnits + rootUnits).sorted()
        self.account = account
        self.policy = policy
    }

    /// What the user may do from now on, in words.
    public var words: String {
        let units = policy.units.isEmpty ? "" : "; also touches \(policy.units.joined(separator: ", "))"
        let roots = policy.rootUnits.isEmpty ? "" : "; as root may run \(policy.rootUnits.joined(separator: ", "))"
        return "\(account.name) may run \(ClosedDoor.program) privileged-helper as root\(units)\(roots)"
    }

    /// Copies this program, writes the policy, and then the sudoers line, which visudo(8) has found good.
    public func install() async throws(PrivilegedError) {
        let (account, policy, version, keys) = (account, policy, version, keys)
        try await asRequest { () throws(SystemCallError) in
            for path in [ClosedDoor.program, ClosedDoor.policy] {
                try Folders.make(Files.folder(of: path), mode: 0o755)
            }
        }
        for path in [ClosedDoor.program, ClosedDoor.policy] {
            let shared = try await asRequest { () throws(SystemCallError) in try RootFile.shared(Files.folder(of: path))
            }
            guard let shared else { continue }
            throw .refused(
                what: "others than root may write there", place: shared,
                hint: "sudo chown root:root \(ShellWord.plain(shared)) && sudo chmod go-w \(ShellWord.plain(shared))")
        }
        let line = "\(account.name) ALL=(root) NOPASSWD: \(ClosedDoor.program) privileged-helper\n"
        let draft = "\(ClosedDoor.policy).sudoers"
        let folder = Files.folder(of: ClosedDoor.version)
        let isBusy = try await asRequest { () throws(SystemCallError) -> Bool in
            // A renewal that is stopped in its middle must not go on after this, with an older program.
            let lock = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
            guard try lock.tryLock(path: folder) else { return true }
            // Of the process that runs, whatever became of its path since.
            let program = try ProcessStart.program()
            try Files.replace(ClosedDoor.program, with: program, mode: 0o755, owner: (0, 0))
            try Files.remove(ClosedDoor.fresh)
            try Files.replace(ClosedDoor.version, with: Array("\(version)\n".utf8), mode: 0o644, owner: (0, 0))
            if !keys.isEmpty { try Folders.make(ClosedDoor.keys, mode: 0o755) }
            for (key, text) in keys {
                let path = "\(ClosedDoor.keys)/\(key.id).pub"
                try Files.replace(path, with: Array("\(text)\n".utf8), mode: 0o644, owner: (0, 0))
            }
            let words = policy.json(indented: true) + [0x0A]
            try Files.replace(ClosedDoor.policy, with: words, mode: 0o644, owner: (0, 0))
            let text = "# Written by host-bootstrap install-helper.\n\(line)"
            try Files.replace(draft, with: Array(text.utf8), mode: 0o440, owner: (0, 0))
            _ = consume lock
            return false
        }
        if isBusy {
            let holders = await onOwnThread { () throws(Never) in LockHolders.of(folder) }
            throw .refused(
                what: "a renewal is under way: process \(holders.map(String.init).joined(separator: ", "))",
                place: ClosedDoor.program,
                hint: "wait for it; if it hangs: sudo kill -9 \(holders.map(String.init).joined(separator: " "))")
        }
        let check = try await Self.visudo(draft)
        guard check.succeeded else {
            try? Files.remove(draft)
            throw .failed(
                Explanation(
                    "visudo refuses the line: \(check.output)\(check.errors)", at: ClosedDoor.sudoers(account.name),
                    hint: "sudo visudo -c shows what is wrong with the others"))
        }
        try await asRequest { () throws(SystemCallError) in
            try Files.rename(draft, to: ClosedDoor.sudoers(account.name))
            try Files.synchronizeFolder(Files.folder(of: ClosedDoor.sudoers(account.name)))
        }
    }

    /// Takes the line away, and then what only it was for.
    public func remove() async throws(PrivilegedError) {
        let line = ClosedDoor.sudoers(account.name)
        try await asRequest { () throws(SystemCallError) in
            try Files.remove(line)
            try Files.synchronizeFolder(Files.folder(of: line))
            let others = try Folders.names(in: Files.folder(of: line)).contains { $0.hasPrefix("90-host-bootstrap-") }
            if others { return }
            try Folders.removeTree(Files.folder(of: ClosedDoor.program))
            try Folders.removeTree(Files.folder(of: ClosedDoor.policy))
        }
    }

    private static func visudo(_ path: String) async throws(PrivilegedError) -> CommandResult {
        do throws(SystemCallError) {
            return try await Subprocess.run(
                Command("/usr/sbin/visudo", ["-c", "-q", "-f", path]), timeout: .seconds(20))
        } catch {
            throw .failed(error.explanation)
        }
    }
}
