import CLinux
internal import Glibc
import Platform
import Systemd

/// A file that root may be asked to write: a unit of systemd's, a drop-in of one, or an environment file in a folder below /etc.
struct RootFile {
    let path: String
    static let unitFolder = "/etc/systemd/system"

    /// Writes it whole or not at all; no link on the way is followed.
    func replace(_ content: [UInt8], mode: UInt32, owner: String) async throws(PrivilegedError) {
        try check(mode: mode)
        if KernelSettings.isFile(path) { try KernelSettings.checkFile(path, content, owner: owner) }
        if Files.folder(of: path) != Self.unitFolder, !isDropIn, !KernelSettings.isFile(path) {
            try await Self.refuseForeignFolder(
                for: path, hint: "name another \"environment_file\", such as /etc/cocalc/project-host.env")
        }
        let account = try await account(owner)
        let path = path
        let folder = Files.folder(of: path)
        let isMasked = try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            if folder != Self.unitFolder { try Folders.make(folder) }
            try Self.refuseLinks(folder)
            if folder == Self.unitFolder, try AdministratorFiles.isMask(path) { return true }
            if try FileStatus.of(path)?.kind == .folder { try Files.moveAside(path) }
            try Files.replace(path, with: content, mode: mode, owner: (account.user, account.group))
            return false
        }
        // Whoever masked it does not want it to run: that is taken back by a request of its own only.
        if isMasked {
            throw .refused(
                what: "the unit is masked", place: path,
                hint:
                    "sudo systemctl unmask '\(Files.name(of: path))', or host-bootstrap apply --config FILE --take-over"
            )
        }
    }

    /// Refuses a place where no file is ever written.
    func checkPlace() throws(PrivilegedError) {
        let isOpen = Files.folder(of: path) == Self.unitFolder || isDropIn || KernelSettings.isFile(path)
        try check(mode: isOpen ? 0o644 : 0o600)
    }

    private func check(mode: UInt32) throws(PrivilegedError) {
        let folder = Files.folder(of: path), name = Files.name(of: path)
        let parts = path.parts(at: "/").dropFirst().map(String.init)
        guard path.hasFirstBytes("/"), !path.utf8.contains(0),
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else {
            throw .refused(
                what: "its path is not plain", place: path,
                hint: "name it from the root on, without \"..\", \".\" and doubled slashes")
        }
        if folder == Self.unitFolder, (try? UnitName(name)) != nil, mode == 0o644 { return }
        if isDropIn || KernelSettings.isFile(path), mode == 0o644 { return }
        let isEnvironment =
            path.hasFirstBytes("/etc/") && parts.count >= 3 && name.hasSuffix(".env") && !name.hasPrefix(".")
        guard isEnvironment, [0o600, 0o640, 0o644].contains(mode) else {
            throw .refused(
                what: "only units and drop-ins in \(Self.unitFolder) and .env files in folders below /etc are written",
                place: path,
                hint: "name another \"environment_file\", such as /etc/cocalc/project-host.env")
        }
        if FilePlace.closed.contains(parts.dropFirst().first ?? "") {
            throw .refused(
                what: "that folder is the system's own", place: path,
                hint: "name another \"environment_file\", such as /etc/cocalc/project-host.env")
        }
    }

    private var isDropIn: Bool { DropInFile(path: path) != nil }

    /// Refuses a folder of a package's: logrotate, for one, runs whatever lies in its own, whatever it is called.
    static func refuseForeignFolder(for path: String, hint: String) async throws(PrivilegedError) {
        let top = "/etc/\(path.parts(at: "/")[2])"
        guard try await asRequest(beneath: [], { () throws(SystemCallError) in try PackageFolders.own(top) })
        else { return }
        throw .refused(
            what: "\(top) belongs to a package, whose program may run what lies there", place: path, hint: hint)
    }

    /// Makes a folder, and those above it, for a file that root writes or works on by its path; refused when others than root could
    /// lead that elsewhere.
    static func makeFolder(for path: String, hint: String) async throws(PrivilegedError) {
        let folder = Files.folder(of: path)
        let shared = try await asRequest(beneath: [folder]) { () throws(SystemCallError) -> String? in
            try Folders.make(folder)
            try refuseLinks(folder)
            return try Self.shared(folder)
        }
        guard let shared else { return }
        throw .refused(
            what: "others than root may change \(shared), and so lead root to another file", place: path, hint: hint)
    }

    /// The folder, itself or on the way to it, that others than root may change; nil when there is none.
    static func shared(_ folder: String) throws(SystemCallError) -> String? {
        var path = folder
        while path != "/" {
            guard let status = try FileStatus.of(path) else { return path }
            // In a sticky folder nobody renames what is root's.
            let isOpen = status.mode & 0o022 != 0 && status.mode & 0o1000 == 0
            if status.owner != 0 || isOpen || status.kind != .folder { return path }
            path = Files.folder(of: path)
        }
        return nil
    }

    /// Refuses a folder that is reached through a link.
    static func refuseLinks(_ folder: String) throws(SystemCallError) {
        let root = try Descriptor.open("/", O_RDONLY | O_DIRECTORY)
        let number = linux_open_beneath(root.number, String(folder.dropFirst()), O_RDONLY | O_DIRECTORY, 0)
        guard number >= 0 else { throw SystemCallError("openat2", folder, code: -number) }
        close(number)
    }
}

/// The user for whom sudo runs this; refused for root, and where nobody knows.
func askingUser(_ place: String, hint: String) async throws(PrivilegedError) -> Account {
    // sudo itself sets it, whatever the caller's environment was.
    guard let number = ProcessStart.environment("SUDO_UID").flatMap({ UInt32($0) }), number != 0 else {
        throw .refused(what: "nobody knows who asks", place: place, hint: hint)
    }
    return try await account("\(number)")
}

/// Looks a user up for a request.
func account(_ name: String) async throws(PrivilegedError) -> Account {
    do throws(SystemCallError) {
        if let account = try await Account.lookUp(name) { return account }
    } catch {
        throw .failed(error.explanation)
    }
    throw .failed(.noUser(name))
}
