import Btrfs
internal import Glibc
import Platform

/// The file that holds the btrfs file system.
struct ImageFile {
    let path: String
    let label: String

    /// What it is called while it is made.
    private var unfinished: String { "\(path).new" }

    /// Makes it where nothing is: a sparse file under another name, mkfs, fsync, then the rename.
    ///
    /// A crash at any moment leaves no half-made image under the image's own name. An empty file is replaced;
    /// anything else is refused.
    func create(_ bytes: Int64) async throws(PrivilegedError) {
        try checkName()
        switch try await content() {
        case .nothing: break
        case .btrfs(label, _): return
        case .btrfs(let other, _):
            throw .refused(
                what: "it holds a btrfs with the label \"\(other)\"", place: path,
                hint:
                    "if it is this host's, name its \"label\" in \"btrfs\"; else move it away, or name another \"image_path\""
            )
        case .other:
            throw .refused(
                what: "there is something else in it; it is never overwritten", place: path,
                hint:
                    "look at it (sudo blkid -p \(ShellWord.plain(path))) and move it away, or name another \"image_path\" in \"btrfs\""
            )
        }
        let path = path, fresh = unfinished
        let folder = Files.folder(of: path)
        try await RootFile.makeFolder(
            for: path, hint: "name an \"image_path\" in a folder of root's, such as /var/lib/host-bootstrap/btrfs.img")
        let made = try await asRequest(beneath: [folder]) { () throws(SystemCallError) -> FileStatus in
            try RootFile.refuseLinks(folder)
            try Files.remove(fresh)
            let file = try Descriptor.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            guard ftruncate(file.number, off_t(bytes)) == 0 else {
                throw SystemCallError("ftruncate", fresh, code: errno)
            }
            return try FileStatus.of(file, path: fresh)
        }
        do throws(BtrfsError) {
            try await BtrfsTool.run("/usr/sbin/mkfs.btrfs", ["--quiet", "--label", label, fresh], on: path)
        } catch {
            try? Files.remove(fresh)
            throw .failed(error.explanation)
        }
        let isSame = try await asRequest(beneath: [folder]) { () throws(SystemCallError) -> Bool in
            let file = try Descriptor.open(fresh, O_WRONLY | O_NOFOLLOW)
            guard try FileStatus.of(file, path: fresh).inode == made.inode else { return false }
            try file.synchronize(path: fresh)
            try Files.rename(fresh, to: path)
            try Files.synchronizeFolder(folder)
            return true
        }
        guard !isSame else { return }
        throw .refused(
            what: "another file came in its place while it was being made", place: fresh,
            hint:
                "look at who writes there (sudo fuser -v \(ShellWord.plain(fresh)), of the package psmisc), and run again"
        )
    }

    /// Makes file, loop device and file system larger; it never makes them smaller.
    func grow(_ bytes: Int64, mountedAt mountPoint: String) async throws(PrivilegedError) {
        try checkName()
        guard case .btrfs(label, _) = try await content() else {
            throw .refused(
                what: "it is not the image that was made for this host", place: path,
                hint: "sudo btrfs filesystem label \(ShellWord.plain(path)) must be as \"label\" in \"btrfs\" says")
        }
        let path = path
        let device = try await asRequest(beneath: [Files.folder(of: path)]) { () throws(SystemCallError) -> String? in
            let file = try Descriptor.open(path, O_WRONLY | O_NOFOLLOW)
            if try FileStatus.of(file, path: path).size < bytes, ftruncate(file.number, off_t(bytes)) != 0 {
                throw SystemCallError("ftruncate", path, code: errno)
            }
            try file.synchronize(path: path)
            guard let mount = try Mount.at(mountPoint), mount.kind == "btrfs" else { return nil }
            return try Mount.backingFile(of: mount.source) == path ? mount.source : nil
        }
        guard let device else {
            let word = ShellWord.plain(mountPoint)
            throw .refused(
                what: "the image is not mounted there", place: mountPoint,
                hint: "findmnt \(word) shows what is: sudo umount \(word), and run again")
        }
        try await asRequest(beneath: [device]) { () throws(SystemCallError) in
            let loop = try Descriptor.open(device, O_RDWR)
            // LOOP_SET_CAPACITY, linux/loop.h: the device looks at its file's length again.
            guard ioctl(loop.number, 0x4c07, 0) == 0 else { throw SystemCallError("ioctl", device, code: errno) }
        }
        do throws(BtrfsError) {
            try await BtrfsTool.run("/usr/bin/btrfs", ["filesystem", "resize", "max", mountPoint], on: mountPoint)
        } catch {
            throw .failed(error.explanation)
        }
    }

    /// Removes it with all that is in it, and one that was cut off while it was made; one that is not there is fine.
    func remove() async throws(PrivilegedError) {
        try checkName()
        let path = path, fresh = unfinished
        let folder = Files.folder(of: path)
        let isThere = try await asRequest(beneath: [folder]) { () throws(SystemCallError) -> Bool in
            guard try FileStatus.of(folder) != nil else { return false }
            try RootFile.refuseLinks(folder)
            try Files.remove(fresh)
            return try FileStatus.of(path) != nil
        }
        guard isThere else { return }
        guard case .btrfs(label, _) = try await content() else {
            throw .refused(
                what: "it is not the image that was made for this host", place: path,
                hint:
                    "look at it (sudo blkid -p \(ShellWord.plain(path))), and remove it: sudo rm \(ShellWord.plain(path))"
            )
        }
        // The kernel lets go of a file some time after its last mount is gone.
        var user = try await asRequest { () throws(SystemCallError) in try LoopDevice.attached(to: path) }
        let deadline = ContinuousClock.now + .seconds(10)
        while user != nil, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
            user = try await asRequest { () throws(SystemCallError) in try LoopDevice.attached(to: path) }
        }
        if let user {
            throw .refused(
                what: "it is in use by \(user)", place: path,
                hint:
                    "findmnt \(ShellWord.plain(user)) shows where it is mounted: sudo umount \(ShellWord.plain(user)), and run again"
            )
        }
        try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            try RootFile.refuseLinks(folder)
            try Files.remove(path)
            try Files.synchronizeFolder(folder)
        }
    }

    private func content() async throws(PrivilegedError) -> ImageContent {
        let path = path
        return try await asRequest(beneath: []) { () throws(SystemCallError) in try ImageContent.of(path) }
    }

    /// Only regular places: never a device, nor below what the system itself keeps.
    func checkName() throws(PrivilegedError) {
        let parts = path.parts(at: "/").dropFirst().map(String.init)
        let closed = ["dev", "proc", "sys", "run", "boot", "etc", "usr", "bin", "sbin", "lib", "lib64"]
        guard path.hasPrefix("/"), parts.count >= 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
            path.hasSuffix(".img"), !path.utf8.contains(0), !closed.contains(parts.first ?? "")
        else {
            throw .refused(
                what: "an image is a file that ends in .img, outside the system's own folders", place: path,
                hint: "name another \"image_path\" in \"btrfs\", such as /var/lib/host-bootstrap/btrfs.img")
        }
        guard !label.isEmpty, label.utf8.count <= 255, !label.utf8.contains(UInt8(ascii: "/")),
            !label.contains(where: \.isNewline),
            !label.hasPrefix("-")
        else {
            throw .refused(what: "is no label", place: label, hint: "name another \"label\" in \"btrfs\"")
        }
    }
}
