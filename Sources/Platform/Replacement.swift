internal import Glibc

/// The file that is to take another's place, made beside it under a name nobody else has.
///
/// The kernel drops its maker's lock when the process ends, which tells what was left behind from what is being written.
struct Replacement: ~Copyable {
    let file: Descriptor
    let path: String

    /// Makes it empty, mode 0600; what killed processes left for the same place is removed first.
    init(of target: String) throws(SystemCallError) {
        Self.sweep(target)
        while true {
            let path = "\(target).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
            let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            // Between the two, somebody who sweeps may have taken it for one that was left behind.
            if try Self.isHeld(file, path) {
                self.file = file
                self.path = path
                return
            }
        }
    }

    private static func isHeld(_ file: borrowing Descriptor, _ path: String) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            guard try file.tryLock(path: path) else { return false }
            return try FileStatus.of(path)?.inode == FileStatus.of(file, path: path).inode
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Removes what is locked by nobody; what cannot be removed is not in the way of a name with other digits.
    private static func sweep(_ target: String) {
        let (folder, start) = (Files.folder(of: target), "\(Files.name(of: target)).")
        for name in (try? Folders.names(in: folder)) ?? [] where name.hasFirstBytes(start) && Files.isTemporary(name) {
            let path = "\(folder)/\(name)"
            guard name.utf8.dropFirst(start.utf8.count).split(separator: UInt8(ascii: ".")).count == 3,
                let left = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                (try? left.tryLock(path: path)) == true
            else { continue }
            unlink(path)
        }
    }
}

extension Files {
    /// `NAME.PROCESS.RANDOM.new`: what is to take the place of NAME.
    public static func isTemporary(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        return parts.count >= 4 && parts.last == "new" && parts.dropLast().suffix(2).allSatisfy(\.isDecimal)
    }
}
