import Platform
import Synchronization

/// An executor that remembers of each thread that woke a task whether it was confined.
final class WakingThreads: TaskExecutor {
    let confined = Mutex<[Bool]>([])

    /// Whoever gives up files or system calls gives up new privileges first.
    static var thisOneIsConfined: Bool {
        get throws(SystemCallError) {
            try (Files.text("/proc/thread-self/status") ?? "").contains("NoNewPrivs:\t1")
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isConfined = (try? Self.thisOneIsConfined) ?? true
        confined.withLock { $0.append(isConfined) }
        startThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
