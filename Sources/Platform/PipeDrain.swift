internal import Glibc
internal import Synchronization

/// Reads a child's pipe to its end on a thread of its own and keeps the last 64 KiB.
final class PipeDrain: Sendable {
    private struct State {
        var kept: [UInt8] = []
        var isCut = false
        var line: [UInt8] = []
        var ended = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let onLine: (@Sendable (String) -> Void)?

    private let longestLine: Int

    /// A line that is longer than `longestLine` bytes comes in pieces.
    init(_ descriptor: Int32, longestLine: Int = Subprocess.tail, onLine: (@Sendable (String) -> Void)?) {
        self.onLine = onLine
        self.longestLine = longestLine
        startThread { [self] in
            let pipe = Descriptor(owning: descriptor)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(pipe.number, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                take(buffer[0..<count])
            }
            end()
        }
    }

    /// What came last, once the pipe has ended; a grandchild that keeps it open is waited for two seconds.
    func text() async -> String {
        let impatience = Task { [self] in
            guard (try? await Task.sleep(for: .seconds(2))) != nil else { return }
            end()
        }
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if !state.ended { state.waiters.append(continuation) }
                return state.ended
            }
            if ended { continuation.resume() }
        }
        impatience.cancel()
        return state.withLock { state in
            // Of a word cut in two, such as an address with a password, the rest could not be told for what it is.
            let start = state.isCut ? state.kept.prefix(4096).firstIndex { $0 <= 0x20 } ?? 0 : 0
            return String(decoding: state.kept[start...], as: UTF8.self)
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        let lines = state.withLock { state -> [String] in
            state.kept.append(contentsOf: bytes)
            if state.kept.count > Subprocess.tail {
                state.kept.removeFirst(state.kept.count - Subprocess.tail)
                state.isCut = true
            }
            guard onLine != nil else { return [] }
            var lines: [String] = []
            for byte in bytes {
                if byte != UInt8(ascii: "\n") {
                    state.line.append(byte)
                    if state.line.count < longestLine { continue }
                }
                lines.append(String(decoding: state.line, as: UTF8.self))
                state.line.removeAll()
            }
            return lines
        }
        for line in lines { onLine?(line) }
    }

    private func end() {
        let waiters = state.withLock { state in
            state.ended = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
