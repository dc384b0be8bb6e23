internal import Glibc

/// Threads that work for one caller, who waits for all of them in the end.
public final class WorkerPool: Sendable {
    private let working = Monitor(0)

    /// How many are of use where each keeps a processor busy: more than four would wait for each other.
    public static var usualSize: Int { min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 4) }

    /// Makes a pool of nobody.
    public init() {}

    /// Starts one more; it must have a way to end.
    /// - Throws: `pthread_create`'s error when no thread is to be had; the body did not run then.
    public func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        working.withLock { $0 += 1 }
        let working = working
        let code = startThreadIfPossible {
            body()
            working.change { $0 -= 1 }
        }
        guard code == 0 else {
            working.change { $0 -= 1 }
            throw SystemCallError("pthread_create", "a thread", code: code)
        }
    }

    /// Waits for all of them.
    ///
    /// Blocks.
    public func join() { working.wait { $0 == 0 ? () : nil } }
}
