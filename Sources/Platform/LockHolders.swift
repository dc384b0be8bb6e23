internal import Glibc

/// Who has a file locked or open, by what the kernel tells.
public enum LockHolders {
    /// The processes that hold a lock by flock(2) on a file; where the kernel names none that lives, those that have the
    /// file open.
    ///
    /// Blocks for a moment. What this user may not see, or does not see from within a container, is not among them.
    public static func of(_ path: String) -> [Int32] {
        guard let file = (try? FileStatus.of(path)) ?? nil else { return [] }
        let open = processes(having: file)
        let locking = locks(on: file).filter { lock in
            // File systems made of others tell another device there than stat(2) does: see what the process has open.
            open.contains(lock.process) || lock.isSameDevice && isClosedToUs(lock.process)
        }
        return locking.isEmpty ? open.sorted() : Set(locking.map(\.process)).sorted()
    }

    /// Whether anybody holds a lock on a file, by flock(2) or fcntl(2).
    ///
    /// Blocks for a moment. Needs no right to open the file. Files of two file systems may share a number, and then a lock on
    /// the other one counts, too: file systems made of others tell another device there than stat(2) does.
    public static func isLocked(_ path: String) -> Bool {
        guard let file = (try? FileStatus.of(path)) ?? nil else { return false }
        return places(of: ["FLOCK", "POSIX", "OFDLCK"]).contains { $0.inode == file.inode }
    }

    /// What a process is called; nil when it is gone.
    public static func name(of process: Int32) -> String? {
        ((try? Files.text("/proc/\(process)/comm")) ?? nil).map { String($0.prefix { !$0.isNewline }) }
    }

    private static func locks(on file: FileStatus) -> [(process: Int32, isSameDevice: Bool)] {
        // As makedev(3) puts both numbers together.
        let device = [
            file.device >> 8 & 0xfff | file.device >> 32 & ~0xfff, file.device & 0xff | file.device >> 12 & ~0xff,
        ]
        return places(of: ["FLOCK"]).filter { $0.inode == file.inode }.map { ($0.process, $0.device == device) }
    }

    /// From lines such as `1: FLOCK  ADVISORY  WRITE 708 08:02:131074 0 EOF`, see proc_locks(5); who waits has an arrow there.
    private static func places(of kinds: [Substring]) -> [(process: Int32, device: [UInt64?], inode: UInt64?)] {
        let lines = ((try? Files.text("/proc/locks")) ?? nil)?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 6, kinds.contains(fields[1]), let process = Int32(fields[4]) else { return nil }
            let place = fields[5].split(separator: ":")
            guard place.count == 3 else { return nil }
            return (process, place.prefix(2).map { UInt64($0, radix: 16) }, UInt64(place[2]))
        }
    }

    private static func processes(having file: FileStatus) -> Set<Int32> {
        let all = ((try? Folders.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        return Set(all.filter { $0 != getpid() && has(file, process: $0) })
    }

    private static func has(_ file: FileStatus, process: Int32) -> Bool {
        let folder = "/proc/\(process)/fd"
        return ((try? Folders.names(in: folder)) ?? []).contains { name in
            let there = (try? FileStatus.of("\(folder)/\(name)", followingLink: true)) ?? nil
            return there?.inode == file.inode && there?.device == file.device
        }
    }

    private static func isClosedToUs(_ process: Int32) -> Bool {
        (try? Folders.names(in: "/proc/\(process)/fd")) == nil
    }
}
