internal import Glibc
public import Platform

/// The right to change this host, held by one run at a time.
///
/// The kernel drops it when the process ends.
public struct RunLock: ~Copyable, Sendable {
    private let file: Descriptor
    /// Its open file, for another program that this one leaves it to; valid while this value lives.
    public var descriptor: Int32 { file.number }

    /// What it is called then.
    public static let name = "lock"

    /// Who holds the lock, as far as the kernel tells.
    public enum Holder: Sendable, Equatable, CustomStringConvertible {
        /// A run of this program, by its own record.
        case run(process: Int32, run: String, since: String)
        /// Others, or one that has not left its record yet, by number and name.
        case processes([String])

        var isRun: Bool { if case .run = self { true } else { false } }

        /// Words for a person.
        public var description: String {
            switch self {
            case .run(let process, let run, let since): "process \(process), run \(run), since \(since)"
            case .processes(let names):
                names.isEmpty ? "one that this user cannot see" : names.joined(separator: ", ")
            }
        }
    }

    /// Takes the lock at `path`, a file that is made if missing, waiting up to `wait` for another run to end.
    ///
    /// `onWait` is called once, with the holder, when there is something to wait for.
    public static func acquire(
        _ path: String, wait: Duration, runID: String, onWait: (Holder) -> Void = { _ in }
    ) async throws(RunLockError) -> RunLock {
        // Who only asks for the holder has the lock for a moment.
        let deadline = ContinuousClock.now + max(wait, .milliseconds(150))
        var hasLooked = false
        while true {
            if let lock = try attempt(path, runID: runID) { return lock }
            // Who holds it takes a look at every process: only where somebody is told.
            if Task.isCancelled { throw .stopped(path: path, holder: await holderNow(path)) }
            guard ContinuousClock.now < deadline else { throw .held(path: path, holder: await holderNow(path)) }
            if !hasLooked, wait > .zero { onWait(await holderNow(path)) }
            hasLooked = true
            try? await Task.sleep(for: .milliseconds(wait > .zero ? 100 : 10))
        }
    }

    /// Somebody holds the lock now.
    public static func isHeld(_ path: String) -> Bool {
        guard let file = try? Descriptor.open(path, O_RDONLY) else { return false }
        return (try? file.tryLock(shared: true, path: path)) == false
    }

    /// Who holds the lock now; nil when nobody does.
    ///
    /// Blocks while it looks at every process.
    public static func currentHolder(_ path: String) -> Holder? { isHeld(path) ? holder(path) : nil }

    private static func attempt(_ path: String, runID: String) throws(RunLockError) -> RunLock? {
        do throws(SystemCallError) {
            // What is no file can be no lock of ours.
            if let status = try FileStatus.of(path), status.kind != .file { try Files.moveAside(path) }
            if try !replaceForeign(path) { return nil }
            // One that was left to this program is this very lock, or of no use.
            let file = try InheritedFiles.take(name) { () throws(SystemCallError) in
                try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
            }
            // What another took the place of while it was opened is nobody's lock any more.
            guard try file.tryLock(path: path),
                try FileStatus.of(file, path: path).inode == FileStatus.of(path)?.inode
            else { return nil }
            ftruncate(file.number, 0)
            // One that was left to this program stands behind what the other wrote.
            lseek(file.number, 0, SEEK_SET)
            try file.write(Array("\(ProcessStart.processID) \(Timestamp.now().rfc3339) \(runID)\n".utf8), path: path)
            return RunLock(file: file)
        } catch {
            throw .unusable(error)
        }
    }

    /// A lock file that somebody else's hands made theirs is locked, so that nobody works by it, and ours takes its place.
    ///
    /// False when somebody does.
    private static func replaceForeign(_ path: String) throws(SystemCallError) -> Bool {
        guard try FileStatus.of(path) != nil, !Files.isAccessible(path, R_OK | W_OK) else { return true }
        let foreign = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        // Another run may have put its own in its place meanwhile.
        guard try foreign.tryLock(path: path),
            try FileStatus.of(foreign, path: path).inode == FileStatus.of(path)?.inode
        else { return false }
        try Files.replace(path, with: [], mode: 0o644)
        _ = consume foreign
        return true
    }

    private static func holderNow(_ path: String) async -> Holder {
        await onOwnThread { () throws(Never) in holder(path) }
    }

    /// What the file says counts only if the kernel says the same, for the record of a run outlives it.
    private static func holder(_ path: String) -> Holder {
        let holders = LockHolders.of(path)
        let fields = ((try? Files.text(path)) ?? nil)?.split(whereSeparator: \.isWhitespace) ?? []
        if fields.count == 3, let process = Int32(fields[0]), holders.contains(process) {
            return .run(process: process, run: String(fields[2]), since: String(fields[1]))
        }
        return .processes(holders.map { "process \($0)\(LockHolders.name(of: $0).map { " (\($0))" } ?? "")" })
    }
}

/// The lock could not be had.
public enum RunLockError: Explained, Equatable {
    /// Another run holds it.
    case held(path: String, holder: RunLock.Holder)
    /// The run was stopped while it waited for another.
    case stopped(path: String, holder: RunLock.Holder)
    /// The lock file cannot be made or written.
    case unusable(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation { explanation(root: nil) }

    /// The same; the hint names the bootstrap root that is locked.
    public func explanation(root: String?) -> Explanation {
        switch self {
        case .held(let path, let holder):
            Explanation(
                "another \(holder.isRun ? "run" : "process") holds the lock: \(holder)", at: path,
                hint: Self.hint(holder, root))
        case .stopped(let path, let holder):
            Explanation("stopped while waiting for the lock's holder: \(holder)", at: path, hint: "run again later")
        case .unusable(let error): error.explanation
        }
    }

    private static func hint(_ holder: RunLock.Holder, _ root: String?) -> String {
        switch holder {
        case .run:
            let place = root.map { " --root \(ShellWord.plain($0))" } ?? ""
            return "host-bootstrap status --follow\(place) shows it; run again when it has ended"
        case .processes(let names):
            // Each is "process NUMBER (name)".
            let number = names.first?.split(separator: " ").dropFirst().first
            let look = number.map { "ps -fp \($0) shows it" } ?? "sudo ps -ef shows all"
            return "\(look): end it if it is not needed, then run again"
        }
    }
}
