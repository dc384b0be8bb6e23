internal import Digests
internal import Platform

/// Holds passwords against their hashes, one after the other on a thread of its own: each takes 32 MiB and a good part of a
/// second, and strangers can ask for it.
final class PasswordVerifier: Sendable {
    private struct Waiting: Sendable {
        let password: [UInt8], hash: PasswordHash
        let done: @Sendable (Bool) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var isEnded = false
    }

    /// Whoever comes then is told to come again.
    private static let most = 8
    private let state = Monitor(State())
    private let pool = WorkerPool()

    init() throws(HubError) {
        do throws(SystemCallError) {
            try pool.start { [self] in
                while let next = next() { next.done(next.hash.matches(next.password)) }
            }
        } catch { throw .system(error) }
    }

    /// Tells from another thread whether they match; false when too many wait already.
    func compare(_ password: [UInt8], with hash: PasswordHash, _ done: @escaping @Sendable (Bool) -> Void) -> Bool {
        state.change { state in
            guard !state.isEnded, state.waiting.count < Self.most else { return false }
            state.waiting.append(Waiting(password: password, hash: hash, done: done))
            return true
        }
    }

    /// Ends once all that wait have been told.
    func end() {
        state.change { $0.isEnded = true }
        pool.join()
    }

    private func next() -> Waiting? {
        state.wait { state -> Waiting?? in
            if state.waiting.isEmpty { return state.isEnded ? .some(nil) : nil }
            return .some(state.waiting.removeFirst())
        }
    }
}
