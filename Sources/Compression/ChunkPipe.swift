internal import Glibc
import Platform

/// A piece of memory that threads hand on to each other; who holds it, owns it.
public final class Chunk: @unchecked Sendable {
    // @unchecked: one thread has it at a time; it passes from one to the next through the pipe's lock.
    static let size = 1 << 18

    let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    var count = 0

    /// What it holds.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    deinit { storage.deallocate() }
}

/// Decompressed chunks on their way from decoders to the one that reads them, never more than so many at once.
///
/// Decoders that work side by side each fill a lane of their own; lanes are read one after the other.
public final class ChunkPipe: Sendable {
    private struct State {
        var free: [Chunk] = []
        var unmade: Int
        var lanes: [Int: Lane] = [:]
        var head = 0
        /// How many lanes there are in all, once that is known.
        var end: Int?
        var failure: DecompressionError?
    }

    private struct Lane {
        var chunks: [Chunk] = []
        var isClosed = false
    }

    /// Kept for the lane that is being read, or the others could take all and wait for it for ever.
    private static let reserve = 4
    private let state: Monitor<State>

    init(chunks: Int) { state = Monitor(State(unmade: max(chunks, Self.reserve + 1))) }

    // MARK: Decoders

    /// An empty chunk for a lane; waits for one to come back.
    func take(lane: Int = 0) throws(DecompressionError) -> Chunk {
        let chunk = try state.wait { state throws(DecompressionError) -> Chunk? in
            if let failure = state.failure { throw failure }
            let spare = lane == state.head ? 0 : Self.reserve
            guard state.free.count + state.unmade > spare else { return nil }
            if let chunk = state.free.popLast() { return chunk }
            state.unmade -= 1
            return Chunk()
        }
        chunk.count = 0
        return chunk
    }

    /// Hands a filled chunk on.
    func put(_ chunk: Chunk, lane: Int = 0) {
        state.change { state in
            if chunk.count == 0 {
                state.free.append(chunk)
            } else {
                state.lanes[lane, default: Lane()].chunks.append(chunk)
            }
        }
    }

    /// This lane has no more.
    func close(lane: Int = 0) {
        state.change { state in
            state.lanes[lane, default: Lane()].isClosed = true
            Self.leaveEndedLanes(&state)
        }
    }

    /// So many lanes there are.
    func end(lanes: Int = 1) { state.change { $0.end = lanes } }

    /// Ends it for everyone, at once; the first reason counts.
    func fail(_ error: DecompressionError) { state.change { $0.failure = $0.failure ?? error } }

    // MARK: The reader

    /// The next chunk in order; nil at the end.
    ///
    /// Blocks.
    public func next() throws(DecompressionError) -> Chunk? {
        try state.wait { state throws(DecompressionError) -> Chunk?? in
            if let failure = state.failure { throw failure }
            guard let chunk = state.lanes[state.head]?.chunks.first else {
                return state.end == state.head ? .some(nil) : nil
            }
            state.lanes[state.head]?.chunks.removeFirst()
            // The next lane's decoder learns that it may take the reserve when this chunk comes back.
            Self.leaveEndedLanes(&state)
            return chunk
        }
    }

    private static func leaveEndedLanes(_ state: inout State) {
        while let lane = state.lanes[state.head], lane.isClosed, lane.chunks.isEmpty {
            state.lanes[state.head] = nil
            state.head += 1
        }
    }

    /// Gives a chunk back, to be filled anew.
    public func recycle(_ chunk: Chunk) { state.change { $0.free.append(chunk) } }

    /// The reader wants no more.
    public func cancel() { fail(.interrupted) }
}
