internal import Database
internal import Platform

/// Keeps reports, many in one transaction: what waits for the disk costs as much for one as for a thousand.
final class ReportIntake: Sendable {
    /// How one report ended.
    typealias Kept = Result<[Int64], DatabaseError>

    private struct Waiting: Sendable {
        let report: Report
        let done: @Sendable (Kept) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var isEnded = false
    }

    /// As many as one transaction may hold; the others' answers wait for it.
    private static let most = 512
    private let state = Monitor(State())
    private let pool = WorkerPool()
    private let store: HubStore

    init(store: HubStore) throws(HubError) {
        self.store = store
        do throws(SystemCallError) { try pool.start { [self] in work() } } catch { throw .system(error) }
    }

    /// Keeps a report; `done` is called from another thread, once it is on the disk or cannot be.
    func keep(_ report: Report, _ done: @escaping @Sendable (Kept) -> Void) {
        let isTaken = state.change { state in
            if !state.isEnded { state.waiting.append(Waiting(report: report, done: done)) }
            return !state.isEnded
        }
        if !isTaken { done(.failure(.busy(path: "hub.db"))) }
    }

    /// Ends once all that waits is kept.
    func end() {
        state.change { $0.isEnded = true }
        pool.join()
    }

    private func work() {
        while let batch = next() { keep(batch[...]) }
    }

    private func keep(_ batch: ArraySlice<Waiting>) {
        do throws(DatabaseError) {
            let missing = try store.accept(batch.map(\.report))
            for (waiting, missing) in zip(batch, missing) { waiting.done(.success(missing)) }
        } catch {
            // What the database cannot take of one host is not to keep the others' out.
            guard case .refused = error, batch.count > 1 else {
                for waiting in batch { waiting.done(.failure(error)) }
                return
            }
            let middle = batch.startIndex + batch.count / 2
            keep(batch[..<middle])
            keep(batch[middle...])
        }
    }

    private func next() -> [Waiting]? {
        state.wait { state -> [Waiting]?? in
            if state.waiting.isEmpty { return state.isEnded ? .some(nil) : nil }
            let batch = Array(state.waiting.prefix(Self.most))
            state.waiting.removeFirst(batch.count)
            return .some(batch)
        }
    }
}
