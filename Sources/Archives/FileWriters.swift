import Digests
internal import Glibc
import Platform

/// Threads that make and hash files, beside the one that reads the archive.
final class FileWriters: Sendable {
    private struct State {
        var free: [Batch]
        var waiting: [Batch] = []
        var busy = 0
        var digests: [(index: Int, digest: Digest)] = []
        var failure: WriteFailure?
        var isEnded = false
    }

    /// A file that could not be made.
    struct WriteFailure: Error {
        let path: String
        let call: String
        let code: Int32
    }

    private let state: Monitor<State>
    private let crew = Crew()
    private let umask: UInt32

    init(threads: Int, umask: UInt32) throws(SystemCallError) {
        self.umask = umask
        state = Monitor(State(free: (0..<threads + 2).map { _ in Batch() }))
        for _ in 0..<threads { try crew.start { [self] in work() } }
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

    /// Sends the threads home and waits for them; the answer is what they hashed.
    @discardableResult
    func end() -> [(index: Int, digest: Digest)] {
        state.change { $0.isEnded = true }
        crew.join()
        return state.withLock { $0.digests }
    }

    // MARK: The writers

    private func work() {
        var hasher = DigestHasher()
        while let batch = nextBatch() {
            var digests: [(index: Int, digest: Digest)] = []
            digests.reserveCapacity(batch.files.count)
            var failure: WriteFailure?
            for file in batch.files where failure == nil {
                let content = batch.content(of: file)
                digests.append((file.index, hasher.digest(of: content)))
                failure = make(file, content)
            }
            batch.empty()
            state.change { state in
                state.busy -= 1
                state.digests += digests
                state.failure = state.failure ?? failure
                state.free.append(batch)
            }
        }
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

    private func make(_ file: PendingFile, _ content: UnsafeRawBufferPointer) -> WriteFailure? {
        // The name has no slash and O_EXCL follows no link, so this lands in that very folder.
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = openat(file.folder.descriptor.number, file.name, flags, file.mode)
        guard number >= 0 else { return WriteFailure(path: file.path, call: "openat", code: errno) }
        let descriptor = Descriptor(owning: number)
        do throws(SystemCallError) {
            try descriptor.write(content, path: file.path)
            try NewFile.finish(descriptor, file.path, mode: file.mode, umask: umask, modified: file.modified)
            return nil
        } catch {
            return WriteFailure(path: file.path, call: error.call, code: error.code)
        }
    }
}
