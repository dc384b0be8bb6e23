internal import Glibc
internal import Platform
public import Systemd

/// The host's swap file: one, at one place in a folder of root's.
public struct SwapFile {
    /// Where it lies.
    public static let path = "/var/lib/host-bootstrap/swap"

    /// The unit by which systemd takes it into use, now and at each boot.
    public static func unit() throws(SystemdError) -> UnitName { try .swap(at: path) }

    /// Makes one of this many bytes, in place of one that is not in use; nothing when it is there already.
    static func make(bytes: Int64) async throws(PrivilegedError) {
        guard (1 << 20...1 << 50).contains(bytes), bytes % 4096 == 0 else {
            throw .refused(what: "no such size: \(bytes) bytes", place: path, hint: "correct \"swap_gb\" in the config")
        }
        if try await asRequest(beneath: [], { () throws(SystemCallError) in try isWhole(bytes) }) { return }
        try await checkIdle()
        let folder = Files.folder(of: path), fresh = "\(path).new"
        try await RootFile.makeFolder(
            for: path, hint: "namei -l \(ShellWord.plain(folder)) shows it; as root: chown root: and chmod go-w there")
        do throws(PrivilegedError) {
            try await asRequest(beneath: [folder]) { () throws(SystemCallError) in try fill(fresh, bytes) }
            try await format(fresh)
            try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
                try Descriptor.open(fresh, O_WRONLY | O_NOFOLLOW).synchronize(path: fresh)
                try Files.rename(fresh, to: path)
                try Files.synchronizeFolder(folder)
            }
        } catch {
            try? Files.remove(fresh)
            throw error
        }
    }

    /// Removes it; one that is not there is fine.
    static func remove() async throws(PrivilegedError) {
        try await checkIdle()
        let folder = Files.folder(of: path)
        try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            guard try FileStatus.of(path) != nil else { return }
            try RootFile.refuseLinks(folder)
            try Files.remove(path)
            try Files.synchronizeFolder(folder)
        }
    }

    /// Every block of it is there: the kernel swaps to no file with holes (swapon(8)).
    private static func fill(_ fresh: String, _ bytes: Int64) throws(SystemCallError) {
        // An older one holds nothing, and its room may be needed.
        for former in [path, fresh] { try Files.remove(former) }
        let file = try Descriptor.open(fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        // Before the disk is filled to its last block.
        guard try FileSystem.holding(fresh).available > bytes else {
            throw SystemCallError("fallocate", fresh, code: ENOSPC)
        }
        // FS_IOC_SETFLAGS with FS_NOCOW_FL, linux/fs.h: btrfs swaps to no file that it copies when it is written. Other file
        // systems have no such flag, and need none.
        var flags: Int32 = 0x0080_0000
        _ = ioctl(file.number, 0x4008_6602, &flags)
        let code = posix_fallocate(file.number, 0, off_t(bytes))
        guard code == 0 else { throw SystemCallError("fallocate", fresh, code: code) }
    }

    private static func format(_ fresh: String) async throws(PrivilegedError) {
        let result: CommandResult
        do throws(SystemCallError) {
            result = try await Subprocess.run(Command("/usr/sbin/mkswap", ["--quiet", fresh]), timeout: .seconds(60))
        } catch {
            throw .failed(error.explanation)
        }
        guard result.succeeded else {
            throw .refused(what: "mkswap: \(result.errors.suffix(300))", place: path, hint: "is util-linux whole?")
        }
    }

    private static func isWhole(_ bytes: Int64) throws(SystemCallError) -> Bool {
        guard let status = try FileStatus.of(path), status.kind == .file, status.size == bytes, status.mode == 0o600
        else { return false }
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var mark = [UInt8](repeating: 0, count: 10)
        let result = mark.withUnsafeMutableBytes { buffer in
            // At the end of the first page: linux/swap.h, union swap_header.
            let place = Int64(getpagesize()) - 10
            return Result { () throws(SystemCallError) in
                try file.read(into: buffer, count: 10, at: place, path: path)
            }
        }
        return try result.get() == 10 && mark == Array("SWAPSPACE2".utf8)
    }

    private static func checkIdle() async throws(PrivilegedError) {
        let swaps = try await asRequest(beneath: []) { () throws(SystemCallError) in try Files.text("/proc/swaps") }
        guard (swaps ?? "").byteLines.contains(where: { $0.hasFirstBytes("\(path) ") }) else { return }
        throw .refused(what: "it is in use", place: path, hint: "sudo swapoff \(ShellWord.plain(path)), and run again")
    }
}
