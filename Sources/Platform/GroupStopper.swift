import CLinux
internal import Glibc
internal import Synchronization

/// Stops a process group once: SIGTERM, a grace period, SIGKILL.
final class GroupStopper: Sendable {
    private struct State {
        var stopping = false
        var timedOut = false
        var finished = false
    }

    private let group: Int32
    private let state = Mutex(State())

    init(group: Int32) { self.group = group }

    /// The time was up before the leader ended.
    var timedOut: Bool { state.withLock { $0.timedOut } }

    func stop(dueToTimeout: Bool) {
        let first = state.withLock { state in
            guard !state.stopping, !state.finished else { return false }
            state.stopping = true
            state.timedOut = dueToTimeout
            return true
        }
        guard first else { return }
        kill(-group, SIGTERM)
        Task { [self] in
            let deadline = ContinuousClock.now + Subprocess.grace
            while ContinuousClock.now < deadline, linux_group_alive(group) == 1 {
                try? await Task.sleep(for: .milliseconds(50))
            }
            kill(-group, SIGKILL)
        }
    }

    /// The leader has ended; members that it left behind while being stopped go too.
    func finished() {
        let stopping = state.withLock { state in
            state.finished = true
            return state.stopping
        }
        if stopping { kill(-group, SIGKILL) }
    }
}
