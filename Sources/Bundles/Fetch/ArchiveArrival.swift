import Compression
internal import Synchronization
import Transfer

/// The file that a download fills, as those see it who hash and unpack it at the same time.
///
/// A server that can't go on in the middle makes the download begin a new file, and them begin anew too.
final class ArchiveArrival: Sendable {
    /// One file, seen twice: unpacking may give up while hashing goes on.
    struct Round: Sendable {
        let number: Int
        let hashed: GrowingFile
        let unpacked: GrowingFile

        init(_ path: String, number: Int) {
            self.number = number
            hashed = GrowingFile(path)
            unpacked = GrowingFile(path)
        }

        func both(_ body: (GrowingFile) -> Void) {
            body(hashed)
            body(unpacked)
        }
    }

    private struct State {
        var round: Round
        var isBegun = false
        var resumedAt: Int64 = 0
        var isAbandoned = false
        var received: Int64 = 0
        var whole: Int64?
        var answer: ServerAnswer?
    }

    private let path: String
    private let state: Mutex<State>

    init(_ path: String) {
        self.path = path
        state = Mutex(State(round: Round(path, number: 0)))
    }

    var round: Round { state.withLock { $0.round } }

    /// Nobody waits for more.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// How much was there before this download began.
    var resumedAt: Int64 { state.withLock { $0.resumedAt } }

    /// What the server sent, from its first byte on; nil when this download went on with an earlier one.
    var answer: ServerAnswer? { state.withLock { $0.answer } }

    /// How much is there.
    var received: Int64 { state.withLock { $0.received } }

    /// How much is still to come, by the server's word; nil when it gives none.
    var toCome: Int64? { state.withLock { state in state.whole.map { $0 - state.received } } }

    /// The server answered.
    func take(_ answer: ServerAnswer) { state.withLock { $0.answer = answer } }

    /// An attempt begins behind so many bytes; at 0 it begins a new file.
    func begin(at offset: Int64) {
        state.withLock { state in
            if !state.isBegun { state.resumedAt = offset }
            if state.isBegun, offset == 0 {
                state.round.both { $0.interrupt() }
                state.round = Round(path, number: state.round.number + 1)
                if state.isAbandoned { state.round.both { $0.interrupt() } }
            }
            state.isBegun = true
            (state.received, state.whole) = (offset, nil)
            state.round.both { $0.grow(to: offset) }
        }
    }

    func grow(to size: Int64, of whole: Int64?) {
        let round = state.withLock { state in
            (state.received, state.whole) = (size, whole)
            return state.round
        }
        round.both { $0.grow(to: size) }
    }

    func finish() { round.both { $0.finish() } }

    /// Nobody waits for more.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.round.both { $0.interrupt() }
        }
    }
}
