internal import Glibc
public import Platform

/// The right to change this host, held by one run at a time.
///
/// The kernel drops it when the process ends.
public struct RunLock: ~Copyable, Sendable {
    private let file: Descriptor

    /// Takes the lock at `path`, a file that is made if missing, waiting up to `wait` for another run to end.
    ///
    /// `onWait` is called once, with the holder, when there is something to wait for.
    public static func acquire(
        _ path: String, wait: Duration, runID: String, onWait: (String) -> Void = { _ in }
    ) async throws(RunLockError) -> RunLock {
        // Who only asks for the holder has the lock for a moment.
        let deadline = ContinuousClock.now + max(wait, .milliseconds(150))
        var told = false
        while true {
            if let lock = try attempt(path, runID: runID) { return lock }
            let holder = holder(path)
            guard ContinuousClock.now < deadline, !Task.isCancelled else { throw .held(path: path, holder: holder) }
            if !told, wait > .zero { onWait(holder) }
            told = true
            try? await Task.sleep(for: .milliseconds(wait > .zero ? 100 : 10))
        }
    }

    /// Who holds the lock now; nil when nobody does.
    public static func currentHolder(_ path: String) -> String? {
        guard let file = try? Descriptor.open(path, O_RDONLY) else { return nil }
        return flock(file.number, LOCK_SH | LOCK_NB) == 0 ? nil : holder(path)
    }

    private static func attempt(_ path: String, runID: String) throws(RunLockError) -> RunLock? {
        do throws(SystemCallError) {
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { return nil }
            ftruncate(file.number, 0)
            try file.write(Array("\(ProcessStart.processID) \(Timestamp.now().rfc3339) \(runID)\n".utf8), path: path)
            return RunLock(file: file)
        } catch {
            throw .unusable(error)
        }
    }

    private static func holder(_ path: String) -> String {
        let fields = ((try? Files.text(path)) ?? nil)?.split(whereSeparator: \.isWhitespace) ?? []
        guard fields.count == 3 else { return "another process" }
        return "process \(fields[0]), run \(fields[2]), since \(fields[1])"
    }
}

/// The lock could not be had.
public enum RunLockError: Explained, Equatable {
    /// Another run holds it.
    case held(path: String, holder: String)
    /// The lock file cannot be made or written.
    case unusable(SystemCallError)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .held(let path, let holder):
            Explanation(
                "another run holds the lock: \(holder)", at: path,
                hint: "wait for it (--wait-lock SECONDS), or look at what it does with host-bootstrap status")
        case .unusable(let error): error.explanation
        }
    }
}
