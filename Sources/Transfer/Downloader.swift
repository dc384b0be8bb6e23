internal import Glibc
import Platform
internal import Synchronization

/// Fetches files and small texts, with retries; each transfer blocks a thread of its own.
public struct Downloader: Sendable {
    private let extraAuthorities: String?
    private let policy: RetryPolicy
    private let stallLimit: Duration

    /// Makes a downloader that trusts the system's authorities and those in one file more.
    public init(
        extraAuthorities: String? = nil, policy: RetryPolicy = .standard, stallLimit: Duration = .seconds(30)
    ) {
        self.extraAuthorities = extraAuthorities
        self.policy = policy
        self.stallLimit = stallLimit
    }

    /// What is told while a transfer goes on.
    public enum Progress: Sendable, Equatable {
        /// An attempt begins behind so many bytes that are there; at 0 with a new file, whatever was there before.
        case begun(at: Int64)
        /// So many bytes are there, of so many if that is known; those before never change again.
        case received(Int64, of: Int64?)
        /// This attempt failed, for this reason; another follows.
        case retrying(attempt: Int, of: Int, reason: String)
    }

    /// Fetches into a file; what is partly there from the same address is gone on with if the server still has it.
    ///
    /// The file is this transfer's alone, mode 0600. It is not synchronised: it is to be hashed before it is used.
    /// A server without end is cut off at `limit` bytes.
    public func fetch(
        _ url: SourceURL, to path: String, limit: Int64 = 8 << 30,
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(TransferError) {
        try await retrying(url, onProgress) { isStopped throws(TransferError) in
            let partial = PartialFile(path: path, url: url, limit: limit)
            return try partial.attempt(request(url), isStopped: isStopped, onProgress: onProgress)
        }
    }

    /// Fetches a small text into memory.
    public func text(_ url: SourceURL, limit: Int = 1 << 20) async throws(TransferError) -> String {
        let kept = Mutex<[UInt8]>([])
        try await retrying(url, { _ in }) { isStopped throws(TransferError) in
            kept.withLock { $0 = [] }
            let answer = Transfer(try request(url), isStopped: isStopped) { piece, _, _ in
                kept.withLock { kept in
                    kept.append(contentsOf: piece)
                    return kept.count <= limit
                }
            }.run()
            guard kept.withLock({ $0.count }) <= limit else { throw .tooLarge(url: url.description, limit: limit) }
            return answer
        }
        return kept.withLock { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Attempts

    private func request(_ url: SourceURL) throws(TransferError) -> Transfer.Request {
        var request = Transfer.Request(url: url, stallLimit: stallLimit)
        if url.scheme == "https" { request.authorities = try Authorities.bundle(extra: extraAuthorities) }
        return request
    }

    private func retrying(
        _ url: SourceURL, _ onProgress: @Sendable (Progress) -> Void,
        _ attempt:
            @escaping @Sendable (_ isStopped: @escaping @Sendable () -> Bool) throws(TransferError) -> Transfer.Answer
    ) async throws(TransferError) {
        var attempts = Attempts(begin: .now)
        while true {
            let answer = try await stoppable(url) { isStopped throws(TransferError) in try attempt(isStopped) }
            if answer.succeeded(url) { return }
            let failure = answer.failure(url)
            guard answer.mayPass else { throw failure }
            let elapsed = attempts.fail(reached: answer.reached, at: .now)
            guard let wait = policy.wait(after: attempts.number, elapsed: elapsed, retryAfter: answer.retryAfter) else {
                let words = failure.explanation
                throw .gaveUp(url: url.description, attempts: attempts.number, last: words.problem, hint: words.hint)
            }
            onProgress(.retrying(attempt: attempts.number, of: policy.attempts, reason: failure.explanation.problem))
            do { try await Task.sleep(for: wait) } catch { throw .cancelled(url: url.description) }
        }
    }
}

/// Runs a blocking body on its own thread and tells it when the task is cancelled.
func stoppable<Value: Sendable>(
    _ url: SourceURL,
    _ body: @escaping @Sendable (@escaping @Sendable () -> Bool) throws(TransferError) -> Value
) async throws(TransferError) -> Value {
    let flag = StopFlag()
    let result: Result<Value, TransferError> = await withTaskCancellationHandler {
        do throws(TransferError) {
            return .success(
                try await onOwnThread { () throws(TransferError) in try body { flag.isSet } })
        } catch {
            return .failure(error)
        }
    } onCancel: {
        flag.set()
    }
    if flag.isSet { throw .cancelled(url: url.description) }
    return try result.get()
}

extension Transfer.Answer {
    func succeeded(_ url: SourceURL) -> Bool {
        code == 0 && (url.scheme == "file" || (200..<300).contains(status))
    }

    var mayPass: Bool {
        code == 0 ? RetryPolicy.isRetryable(status: status) : RetryPolicy.isRetryable(code: code)
    }

    func failure(_ url: SourceURL) -> TransferError {
        code == 0
            ? .status(url: url.description, status)
            : .connection(url: url.description, code: code, reason: reason)
    }
}
