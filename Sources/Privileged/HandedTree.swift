import CLinux
internal import Glibc
import Platform

/// The folder of a bundle's version, which root hands to the user who is to own what is in it, and back to the one who keeps it.
struct HandedTree {
    let path: String
    /// Whose the bundle's folder is: the bootstrap user.
    let keeper: String

    /// Gives all of it to one of the two; what has another owner, or a name outside of it, is refused before anything is given.
    ///
    /// The group is the keeper's either way, and set-id bits are dropped. Back goes whatever is not root's, which stays.
    func hand(to name: String) async throws(PrivilegedError) {
        let parts = path.parts(at: "/").dropFirst().map(String.init)
        guard path.hasFirstBytes("/"), !path.utf8.contains(0), parts.count > 2,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !EmptyFolder.foreign.contains(parts[0]),
            parts[0] != "etc", parts.last?.hasFirstBytes(".") == false
        else {
            throw .refused(
                what: "it is no folder of a bundle's version", place: path, hint: "report this as a fault")
        }
        let (keeper, owner) = (try await account(keeper), try await account(name))
        guard keeper.user != 0, owner.user != 0 else {
            throw .refused(
                what: "nothing of a bundle is root's", place: path, hint: "name another \"owner\" in the config")
        }
        let path = path
        let obstacle = try await asRequest(beneath: [path]) { () throws(SystemCallError) in
            var handover = TreeHandover(path, from: keeper, to: owner)
            return try handover.run()
        }
        guard let obstacle else { return }
        throw .refused(
            what: obstacle.words, place: obstacle.path, hint: "look at it, and take it away: stat '\(obstacle.path)'")
    }
}

/// One walk by descriptors, in which no link is followed and no other file system entered.
private struct TreeHandover {
    struct Obstacle: Sendable {
        let path: String, words: String
    }

    private struct File: Hashable {
        let device: UInt64, inode: UInt64
    }

    private let top: String
    private let keeper: Account, owner: Account
    private var device: UInt64 = 0
    /// How many names of each file that has several were found.
    private var names: [File: (found: Int, all: Int, path: String)] = [:]
    private var obstacle: Obstacle?

    init(_ top: String, from keeper: Account, to owner: Account) {
        (self.top, self.keeper, self.owner) = (top, keeper, owner)
    }

    mutating func run() throws(SystemCallError) -> Obstacle? {
        let root = try Descriptor.open("/", O_RDONLY | O_DIRECTORY)
        let above = Files.folder(of: top)
        let bundle = try root.openBeneath(String(above.dropFirst()), O_RDONLY | O_DIRECTORY)
        // Only where this program keeps versions.
        let records = try bundle.openBeneath(".records", O_RDONLY | O_DIRECTORY)
        for status in [
            try FileStatus.of(bundle, path: above), try FileStatus.of(records, path: "\(above)/.records"),
        ] where status.owner != keeper.user {
            return Obstacle(path: above, words: "it is no bundle's folder of \(keeper.name)'s")
        }
        if let mounted = try Mount.all().map(\.point).first(where: { $0 == top || $0.hasFirstBytes("\(top)/") }) {
            return Obstacle(path: mounted, words: "something is mounted there")
        }
        let tree = try bundle.openBeneath(Files.name(of: top), O_RDONLY | O_DIRECTORY)
        let status = try FileStatus.of(tree, path: top)
        device = status.device
        // First nobody but the keeper may change what is where; then all is looked at; only then it is given.
        try close(tree, status, top)
        if let obstacle { return obstacle }
        for (_, file) in names where file.found < file.all {
            return Obstacle(path: file.path, words: "it has another name outside of the bundle")
        }
        try give(tree, top)
        return nil
    }

    /// It may be given away.
    private func isTheirs(_ status: FileStatus) -> Bool {
        if status.owner == keeper.user || status.owner == owner.user { return true }
        return isBack && status.owner != 0
    }

    private var isBack: Bool { owner.user == keeper.user }

    private mutating func close(
        _ folder: borrowing Descriptor, _ status: FileStatus, _ path: String
    ) throws(SystemCallError) {
        guard isTheirs(status) else { return refuse(path, "belongs to the user \(status.owner)") }
        try own(folder, status, keeper.user, path)
        let mode = status.mode & 0o1775
        if mode != status.mode { try change(folder, mode, path) }
        for name in try Self.entries(folder) {
            guard obstacle == nil else { return }
            let full = "\(path)/\(name.shown)"
            guard let status = try FileStatus.of(name, in: folder) else { continue }
            guard status.device == device else { return refuse(full, "something is mounted there") }
            guard isTheirs(status) else {
                // Who has the folder back can take a file of root's out of it.
                if isBack, status.kind != .folder { continue }
                return refuse(full, "belongs to the user \(status.owner)")
            }
            switch status.kind {
            case .folder:
                guard let inner = try Self.open(folder, name, O_RDONLY | O_DIRECTORY, full) else { continue }
                try close(inner, try FileStatus.of(inner, path: full), full)
            case .file, .link:
                if status.links > 1 {
                    let file = File(device: status.device, inode: status.inode)
                    names[file] = ((names[file]?.found ?? 0) + 1, status.links, full)
                }
            case .other: return refuse(full, "is no file, folder or link")
            }
        }
    }

    /// What lies in a folder goes before it: until then only the keeper can change what is there.
    private func give(_ folder: borrowing Descriptor, _ path: String) throws(SystemCallError) {
        for name in try Self.entries(folder) {
            let full = "\(path)/\(name.shown)"
            guard let status = try FileStatus.of(name, in: folder), isTheirs(status) else { continue }
            if status.kind == .folder {
                guard let inner = try Self.open(folder, name, O_RDONLY | O_DIRECTORY, full) else { continue }
                try give(inner, full)
                continue
            }
            if status.kind == .file, status.mode & 0o6000 != 0,
                let file = try Self.open(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, full)
            {
                try change(file, status.mode & 0o1777, full)
            }
            if status.owner == owner.user, status.group == keeper.group { continue }
            // The name leads to what was looked at: only the keeper could have put another thing there since.
            let (above, user, group) = (folder.number, owner.user, keeper.group)
            if name.call({ fchownat(above, $0, user, group, AT_SYMLINK_NOFOLLOW) }) < 0 {
                throw SystemCallError("fchownat", full, code: errno)
            }
        }
        try own(folder, try FileStatus.of(folder, path: path), owner.user, path)
    }

    private mutating func refuse(_ path: String, _ words: String) { obstacle = Obstacle(path: path, words: words) }

    private func own(
        _ file: borrowing Descriptor, _ status: FileStatus, _ user: UInt32, _ path: String
    ) throws(SystemCallError) {
        // What is right already keeps its times and its capabilities, which go with a change of owner.
        if status.owner == user, status.group == keeper.group { return }
        if fchown(file.number, user, keeper.group) < 0 { throw SystemCallError("fchown", path, code: errno) }
    }

    private func change(_ file: borrowing Descriptor, _ mode: UInt32, _ path: String) throws(SystemCallError) {
        if fchmod(file.number, mode) < 0 { throw SystemCallError("fchmod", path, code: errno) }
    }

    private static func entries(_ folder: borrowing Descriptor) throws(SystemCallError) -> [PathBytes] {
        try Folders.entries(in: PathBytes("/proc/self/fd/\(folder.number)"))
    }

    /// Nil for what is there no more.
    private static func open(
        _ folder: borrowing Descriptor, _ name: PathBytes, _ flags: Int32, _ path: String
    ) throws(SystemCallError) -> Descriptor? {
        let above = folder.number
        let number = name.call { linux_open_beneath(above, $0, flags, 0) }
        if number >= 0 { return Descriptor(owning: number) }
        if -number == ENOENT { return nil }
        throw SystemCallError("openat2", path, code: -number)
    }
}
