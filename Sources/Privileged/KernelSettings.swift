internal import Glibc
internal import Platform

/// Settings of the kernel's that root may be asked for, and the file from which systemd sets them at each boot (sysctl.d(5)).
public struct KernelSettings: Sendable, Equatable {
    /// Values by names.
    public let values: [String: String]

    /// Takes what is to be set.
    public init(_ values: [String: String]) { self.values = values }

    static let folder = "/etc/sysctl.d"
    private static let prefix = "60-host-bootstrap-"

    /// The file with what a bootstrap user's config asks for.
    public static func file(of user: String) -> String { "\(folder)/\(prefix)\(user).conf" }

    /// What the file holds.
    public var text: String {
        "# Of host-bootstrap's \"sysctl\"; the next run undoes what is changed here.\n"
            + values.sorted { $0.key < $1.key }.map { "\($0.key) = \(KernelSetting.plain($0.value))\n" }.joined()
    }

    // MARK: What root does

    /// The path is that of some user's file.
    static func isFile(_ path: String) -> Bool {
        let name = Files.name(of: path)
        return Files.folder(of: path) == folder && name.hasFirstBytes(prefix) && name.hasSuffix(".conf")
            && name.utf8.count > prefix.utf8.count + 5
    }

    /// Refuses any text but that of ``text``.
    init(file content: [UInt8], _ path: String) throws(PrivilegedError) {
        var values: [String: String] = [:]
        let lines = String(validating: content, as: UTF8.self)?.byteLines.dropFirst() ?? []
        for line in lines {
            let parts = line.parts(at: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].hasSuffix(" "), parts[1].hasPrefix(" ") else { break }
            values[String(parts[0].dropLast())] = String(parts[1].dropFirst())
        }
        self.values = values
        guard Array(text.utf8) == content else {
            throw .refused(what: "it is no list of settings", place: path, hint: "report this as a fault")
        }
        try check()
    }

    static func checkFile(_ path: String, _ content: [UInt8], owner: String) throws(PrivilegedError) {
        guard owner == "root" else {
            throw .refused(what: "it would be \(owner)'s", place: path, hint: "report this as a fault")
        }
        _ = try KernelSettings(file: content, path)
    }

    /// Refuses what is no setting, or no value.
    private func check() throws(PrivilegedError) {
        for (name, value) in values {
            guard KernelSetting(name) != nil, KernelSetting.isValue(value) else {
                throw .refused(
                    what: "it is no setting with a value", place: name, hint: "correct \"sysctl\" in the config")
            }
        }
    }

    /// What touches the network's and the memory's bounds alone; from many another there is a way to root.
    private static let harmless = [
        "net", "vm/swappiness", "vm/dirty_ratio", "vm/dirty_background_ratio", "vm/dirty_bytes",
        "vm/dirty_background_bytes", "vm/dirty_expire_centisecs", "vm/dirty_writeback_centisecs", "vm/max_map_count",
        "vm/overcommit_memory", "vm/overcommit_ratio", "vm/vfs_cache_pressure", "vm/nr_hugepages",
        "vm/min_free_kbytes", "fs/inotify", "fs/file-max", "fs/nr_open", "fs/aio-max-nr", "kernel/pid_max",
        "kernel/threads-max",
    ]

    /// Refuses what a user who is not root's equal could become root by, or undo the kernel's own defences.
    func checkHarmless(for user: String) throws(PrivilegedError) {
        try check()
        for name in values.keys.sorted() {
            let place = KernelSetting(name)?.parts.joined(separator: "/") ?? ""
            if Self.harmless.contains(where: { place == $0 || place.hasFirstBytes("\($0)/") }) { continue }
            throw .refused(
                what: "it is root's to set, and not \(user)'s", place: name,
                hint:
                    "as root: echo \(ShellWord.quoted("\(name) = \(values[name] ?? "")")) >/etc/sysctl.d/90-local.conf && sysctl --system;"
                    + " and leave it out of \"sysctl\"")
        }
    }

    /// Sets each, in the order of the names.
    func set() async throws(PrivilegedError) {
        try check()
        let settings = values.compactMap { name, value in KernelSetting(name).map { ($0, KernelSetting.plain(value)) } }
            .sorted { $0.0.name < $1.0.name }
        try await asRequest(beneath: [KernelSetting.top]) { () throws(KernelSettingRefused) in
            for (setting, value) in settings {
                do throws(SystemCallError) { try Self.write(value, to: setting) } catch {
                    throw KernelSettingRefused(setting: setting, value: value, error: error)
                }
            }
        }
    }

    private static func write(_ value: String, to setting: KernelSetting) throws(SystemCallError) {
        let top = try Descriptor.open(KernelSetting.top, O_RDONLY | O_DIRECTORY)
        let file = try top.openBeneath(setting.parts.joined(separator: "/"), O_WRONLY | O_NOFOLLOW, mode: 0)
        // In one piece: the kernel takes each write(2) for a value.
        try file.write(Array("\(value)\n".utf8), path: setting.path)
    }
}

/// The kernel does not take a value.
struct KernelSettingRefused: Explained {
    let setting: KernelSetting, value: String
    let error: SystemCallError

    var explanation: Explanation {
        switch error.code {
        case ENOENT:
            Explanation(
                "this kernel has no such setting", at: setting.name,
                hint:
                    "is its name right, and the module loaded that brings it? see ls \(ShellWord.plain(Files.folder(of: setting.path)))"
            )
        case EINVAL, ERANGE:
            Explanation(
                "the kernel does not take \"\(value)\"", at: setting.name,
                hint: "correct the value in \"sysctl\"; it is now: sudo sysctl \(ShellWord.plain(setting.name))")
        case EROFS, EACCES, EPERM:
            Explanation(
                "it cannot be changed here: \(error.explanation.problem)", at: setting.name,
                hint: "in a container many settings are the machine's own: set it there, and leave it out here")
        default: error.explanation
        }
    }
}
