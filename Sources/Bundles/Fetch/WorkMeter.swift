internal import Synchronization

/// Tells how far work is that goes through bytes, however many threads do it.
final class WorkMeter: Sendable {
    private let whole: Int64
    private let work: String
    private let notes: ProgressNotes
    private let state = Mutex((through: Int64(0), told: Int64(0)))

    /// After so many bytes it is told again: small files cost an addition each.
    static let step: Int64 = 1 << 18

    /// Begins work, such as `hashing`, on so many bytes.
    init(_ work: String, of whole: Int64, _ notes: @escaping ProgressNotes) {
        self.work = work
        self.whole = whole
        self.notes = notes
    }

    /// It is through with so many more.
    func add(_ count: Int) {
        // Told in the lock, so that less never comes after more.
        state.withLock { state in
            // What grows meanwhile is no more than was to be done.
            state.through = min(state.through + Int64(count), whole)
            guard state.through - state.told >= Self.step || state.through == whole, state.through > state.told else {
                return
            }
            state.told = state.through
            notes(.through(state.through, of: whole, work))
        }
    }
}
