import Digests
internal import Glibc
import Platform

/// Threads that make and hash files, beside the one that reads the archive.
final class FileWriters: Sendable {
    private struct State {
        var free: [Batch]
        var waiting: [Batch] = []
        var busy = 0
        var failure: WriteFailure?
        var isEnded = false
    }

    /// What could not be done.
    enum WriteFailure: Error {  // not told: the unpacker makes it an ArchiveError.
        case making(path: PathBytes, call: String, code: Int32)
        case telling(SystemCallError)
    }

    private let state: Monitor<State>
    private let pool = WorkerPool()
    private let umask: UInt32
    private let tell: UnpackedEntries?

    init(threads: Int, umask: UInt32, _ tell: UnpackedEntries?) throws(SystemCallError) {
        self.umask = umask
        self.tell = tell
        state = Monitor(State(free: (0..<threads + 2).map { _ in Batch() }))
        for _ in 0..<threads { try pool.start { [self] in work() } }
    }

    // MARK: The reader

    /// An empty batch; waits for one to come back.
    func take() throws(WriteFailure) -> Batch {
        try state.wait { state throws(WriteFailure) in
            if let failure = state.failure { throw failure }
            return state.free.popLast()
        }
    }

    /// Hands a batch over.
    func put(_ batch: Batch) { state.change { $0.waiting.append(batch) } }

    /// Waits until everything handed over is made.
    func drain() throws(WriteFailure) {
        try state.wait { state throws(WriteFailure) -> Void? in
            if let failure = state.failure { throw failure }
            return state.waiting.isEmpty && state.busy == 0 ? () : nil
        }
    }

    /// Sends the threads home and waits for them.
    func end() {
        state.change { $0.isEnded = true }
        pool.join()
    }

    // MARK: The writers

    private func work() {
        var hasher = DigestHasher()
        while let batch = nextBatch() {
            var failure: WriteFailure?
            do throws(WriteFailure) { try make(batch, &hasher) } catch { failure = error }
            batch.empty()
            state.change { state in
                state.busy -= 1
                state.failure = state.failure ?? failure
                state.free.append(batch)
            }
        }
    }

    private func make(_ batch: Batch, _ hasher: inout DigestHasher) throws(WriteFailure) {
        var made: [UnpackedEntry] = []
        for file in batch.files {
            let content = batch.content(of: file)
            let modified = try make(file, content)
            guard tell != nil else { continue }
            let kind = UnpackedEntry.Kind.file(size: Int64(content.count), digest: hasher.digest(of: content))
            made.append(UnpackedEntry(path: file.path, kind: kind, mode: file.mode, modified: modified))
        }
        do throws(SystemCallError) { try tell?(made) } catch { throw .telling(error) }
    }

    private func nextBatch() -> Batch? {
        state.wait { state -> Batch?? in
            if let batch = state.waiting.first, state.failure == nil {
                state.waiting.removeFirst()
                state.busy += 1
                return .some(batch)
            }
            return state.isEnded || state.failure != nil ? .some(nil) : nil
        }
    }

    private func make(_ file: PendingFile, _ content: UnsafeRawBufferPointer) throws(WriteFailure) -> Int64 {
        // The name has no slash and O_EXCL follows no link, so this lands in that very folder.
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = file.name.call { openat(file.folder.descriptor.number, $0, flags, file.mode) }
        guard number >= 0 else { throw .making(path: file.path, call: "openat", code: -number) }
        let descriptor = Descriptor(owning: number)
        do throws(SystemCallError) {
            try descriptor.write(content, path: file.path.shown)
            return try NewFile.finish(
                descriptor, file.path.shown, mode: file.mode, umask: umask, modified: file.modified)
        } catch {
            throw .making(path: file.path, call: error.call, code: error.code)
        }
    }
}
