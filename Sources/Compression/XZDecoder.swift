internal import CLZMA
internal import Glibc
import Platform

/// Decompresses .xz with several threads, each a block at a time, as far as the file has blocks whose length is told.
///
/// liblzma's own multi-threaded decoder keeps whole blocks in memory, compressed and not; here the blocks are read from the
/// file and the one whose turn it is goes out as it comes.
final class XZDecoder: Sendable {
    /// Chunks of output that may wait for their turn: 16 MiB, of the 24 MiB that a block of xz(1)'s default has.
    static let chunks = 64
    /// Dictionaries that may be in use at once: three of the default's.
    private static let memory: UInt64 = 28 << 20
    /// What one block may ask for; the highest preset, -9, takes 65 MiB.
    private static let highestMemory: UInt64 = 128 << 20

    private struct State {
        /// Somebody is finding the next block.
        var isTurnTaken = false
        var offset: Int64 = 0
        var lane = 0
        var stream: XZStream?
        /// The stream's first block.
        var firstLane = 0
        var sizes: [Int: (unpadded: UInt64, uncompressed: UInt64)] = [:]
        var memoryInUse: UInt64 = 0
        var isEnded = false
        var failure: DecompressionError?
    }

    private let file: GrowingFile
    private let pipe: ChunkPipe
    private let state = Monitor(State())

    init(_ file: GrowingFile, _ pipe: ChunkPipe) {
        self.file = file
        self.pipe = pipe
    }

    func start(in pool: WorkerPool) throws(SystemCallError) {
        for _ in 0..<WorkerPool.usualSize {
            try pool.start { [self] in
                do throws(DecompressionError) { while try decodeOne() {} } catch { fail(error) }
            }
        }
    }

    private func fail(_ error: DecompressionError) {
        state.change { $0.failure = $0.failure ?? error }
        pipe.fail(error)
    }

    /// Finds the next block and decompresses it; false at the end.
    private func decodeOne() throws(DecompressionError) -> Bool {
        let begin = try state.wait { state throws(DecompressionError) -> State? in
            if let failure = state.failure { throw failure }
            guard !state.isTurnTaken || state.isEnded else { return nil }
            state.isTurnTaken = true
            return state
        }
        guard !begin.isEnded else { return false }
        let input = FileInput(file, at: begin.offset)
        guard let block = try nextBlock(input, begin) else {
            state.change {
                $0.isEnded = true
                $0.isTurnTaken = false
            }
            return false
        }
        let memory = try reserveMemory(for: block)
        // One that does not tell its length keeps the turn: only its end shows where the next begins.
        let next = block.nextOffset
        if let next { passTurn(to: next) }
        try block.decode(input, into: pipe)
        try state.change { state throws(DecompressionError) in
            state.memoryInUse -= memory
            state.sizes[block.lane] = block.sizes
            try Self.tellIndex(&state)
        }
        if next == nil { passTurn(to: input.offset) }
        return true
    }

    private func passTurn(to offset: Int64) {
        state.change {
            $0.offset = offset
            $0.isTurnTaken = false
        }
    }

    private func reserveMemory(for block: XZBlock) throws(DecompressionError) -> UInt64 {
        let need = block.memory
        guard need <= Self.highestMemory else {
            if need == .max { throw .damaged("a block's filters are not known here") }
            let most = Self.highestMemory >> 20
            throw .tooMuchMemory(
                need: "\(need >> 20) MiB, more than \(most) MiB,",
                remedy: "pack it with a smaller dictionary: xz -9 or less, with no dict= above 64MiB")
        }
        return try state.wait { state throws(DecompressionError) -> UInt64? in
            if let failure = state.failure { throw failure }
            guard state.memoryInUse == 0 || state.memoryInUse + need <= Self.memory else { return nil }
            state.memoryInUse += need
            state.lane = block.lane + 1
            return need
        }
    }

    /// The sizes of finished blocks go to the index in the blocks' order.
    private static func tellIndex(_ state: inout State) throws(DecompressionError) {
        while let stream = state.stream, let sizes = state.sizes.removeValue(forKey: state.firstLane + stream.blocks) {
            try stream.append(sizes)
        }
    }

    // MARK: Between blocks

    private func nextBlock(_ input: FileInput, _ begin: State) throws(DecompressionError) -> XZBlock? {
        var stream = begin.stream
        var isFirst = begin.offset == 0
        while true {
            if stream == nil {
                let isMore = isFirst ? true : try isAnotherStream(input)
                guard isMore else {
                    pipe.end(lanes: begin.lane)
                    return nil
                }
                stream = try beginStream(input, lane: begin.lane, isFirst: isFirst)
                isFirst = false
            }
            guard let current = stream else { return nil }
            guard try input.fill() else { throw .damaged("it is cut off behind an xz block") }
            if input.rest.first != 0 { return try XZBlock(input, lane: begin.lane, check: current.check) }
            try endStream(current, input, lane: begin.lane)
            stream = nil
        }
    }

    private func beginStream(
        _ input: FileInput, lane: Int, isFirst: Bool
    ) throws(DecompressionError) -> XZStream {
        let stream = try XZStream(input, isFirst: isFirst)
        state.change {
            $0.stream = stream
            $0.firstLane = lane
        }
        return stream
    }

    /// The index names every block before it, so all must be done.
    private func endStream(_ stream: XZStream, _ input: FileInput, lane: Int) throws(DecompressionError) {
        try state.wait { state throws(DecompressionError) -> Void? in
            if let failure = state.failure { throw failure }
            return state.firstLane + stream.blocks == lane ? () : nil
        }
        try stream.readEnd(input)
        state.change { $0.stream = nil }
    }

    /// Streams may follow each other, with zeros in between, four at a time (.xz file format, 2.2).
    private func isAnotherStream(_ input: FileInput) throws(DecompressionError) -> Bool {
        var padding = 0
        while try input.fill() {
            let zeros = input.rest.prefix { $0 == 0 }.count
            padding += zeros
            input.consume(zeros)
            if !input.rest.isEmpty { break }
        }
        guard padding % 4 == 0 else { throw .damaged("the xz padding is not a multiple of four") }
        return try input.fill()
    }
}
