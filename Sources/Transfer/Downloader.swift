internal import Glibc
public import Platform
internal import Synchronization

/// Fetches files and small texts, with retries; each transfer blocks a thread of its own.
public struct Downloader: Sendable {
    private let tls: TLSSettings
    private let policy: RetryPolicy
    private let stallLimit: Duration

    /// Makes a downloader that gives up when the policy says so, or when no byte has come for so long.
    public init(
        tls: TLSSettings = TLSSettings(), policy: RetryPolicy = .standard, stallLimit: Duration = .seconds(30)
    ) {
        self.tls = tls
        self.policy = policy
        self.stallLimit = stallLimit
    }

    /// What is told while a transfer goes on.
    public enum Progress: Sendable, Equatable {
        /// An attempt begins behind so many bytes that are there; at 0 with a new file, whatever was there before.
        case begun(at: Int64)
        /// This is what the server sends, from its first byte on; not told where an earlier transfer is gone on with.
        case answered(ServerAnswer)
        /// So many bytes are there, of so many if that is known; those before never change again.
        case received(Int64, of: Int64?)
        /// This attempt failed, for this reason; another follows.
        case retrying(attempt: Int, of: Int, reason: String)
    }

    /// How much may come.
    public struct Limit: Sendable {
        /// Bytes; a server without end is cut off there.
        public var bytes: Int64 = 8 << 30
        /// Says why so many bytes in all, and so many still to come, are too many; asked when the length is known, and
        /// before anything is written.
        public var room: (@Sendable (_ whole: Int64, _ toCome: Int64) throws(SystemCallError) -> TransferError?)?

        /// Whether anybody still wants more; asked before each piece.
        public var isWanted: @Sendable () -> Bool = { true }

        /// The usual limit.
        public init() {}

        /// So many bytes.
        public init(bytes: Int64) { self.bytes = bytes }
    }

    /// Fetches into a file; what is partly there from the same address is gone on with if the server still has it.
    ///
    /// The file is this transfer's alone, mode 0600. It is not synchronised: it is to be hashed before it is used.
    public func fetch(
        _ url: SourceURL, to path: String, access: Access = .open, limit: Limit = Limit(),
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(TransferError) {
        try await retrying(url, policy, onProgress) { isStopped throws(TransferError) in
            let partial = PartialFile(path: path, url: url, limit: limit)
            return try partial.attempt(request(url, access), isStopped: isStopped, onProgress: onProgress)
        }
    }

    /// Fetches a small text into memory.
    ///
    /// It may take so long with all attempts and redirects: a server that lets it drip cannot hold up a run.
    public func text(
        _ url: SourceURL, access: Access = .open, limit: Int = 1 << 20, within time: Duration = .seconds(60)
    ) async throws(TransferError) -> String {
        String(decoding: try await bytes(url, access: access, limit: limit, within: time), as: UTF8.self)
    }

    /// The same as bytes, for what may be in another encoding, or is signed.
    public func bytes(
        _ url: SourceURL, access: Access = .open, limit: Int = 1 << 20, within time: Duration = .seconds(60)
    ) async throws(TransferError) -> [UInt8] {
        try await read(url, access, [], limit, time).bytes
    }

    /// A small text, and the tag by which its server knows it again, if it has one.
    public struct Tagged: Sendable {
        /// The text.
        public let bytes: [UInt8]
        /// What the server sent as `ETag`.
        public let tag: String?
    }

    /// The same, with its tag; nil when it is still the one with the tag that was had before.
    public func bytes(
        _ url: SourceURL, access: Access = .open, unlessTagged tag: String?, limit: Int = 1 << 20,
        within time: Duration = .seconds(60)
    ) async throws(TransferError) -> Tagged? {
        let headers = tag.map { ["If-None-Match: \($0)"] } ?? []
        do throws(TransferError) {
            let (bytes, headers) = try await read(url, access, headers, limit, time)
            return Tagged(bytes: bytes, tag: headers["etag"])
        } catch {
            if case .status(_, 304) = error, tag != nil { return nil }
            throw error
        }
    }

    private func read(
        _ url: SourceURL, _ access: Access, _ headers: [String], _ limit: Int, _ time: Duration
    ) async throws(TransferError) -> (bytes: [UInt8], headers: [String: String]) {
        let kept = Mutex<[UInt8]>([]), answered = Mutex<[String: String]>([:])
        let deadline = ContinuousClock.now + time
        var policy = policy
        policy.budget = min(policy.budget, time)
        try await retrying(url, policy, { _ in }) { isStopped throws(TransferError) in
            kept.withLock { $0 = [] }
            var request = try request(url, access)
            request.headers = headers
            request.timeLimit = deadline - .now
            let answer = Transfer(request, isStopped: isStopped) { piece, _, _ in
                kept.withLock { kept in
                    kept.append(contentsOf: piece)
                    return kept.count <= limit
                }
            }.run()
            guard kept.withLock({ $0.count }) <= limit else { throw .tooLarge(url: url.description, limit: limit) }
            answered.withLock { $0 = answer.headers }
            return answer
        }
        return (kept.withLock { $0 }, answered.withLock { $0 })
    }

    /// How many bytes are at an address, by its head alone; nil when that is not told within some seconds.
    public func size(_ url: SourceURL, access: Access = .open) async -> Int64? {
        let answer = try? await stoppable(url) { isStopped throws(TransferError) in
            var request = try request(url, access)
            request.headOnly = true
            request.timeLimit = .seconds(10)
            return Transfer(request, isStopped: isStopped) { _, _, _ in true }.run()
        }
        guard let answer, answer.succeeded(url) else { return nil }
        return answer.headers["content-length"].flatMap { Int64($0) }
    }

    /// What was seen of a proxy.
    public enum ProxyFinding: Sendable, Equatable {
        /// It answers; a refusal to let through to the one server that was asked for is an answer, too.
        case answers
        /// It takes connections, and then nothing came.
        case takesConnections
        /// Nobody asked it, for this reason.
        case notAsked(TransferError)
        /// It is away, or refuses this user.
        case trouble(TransferError)
    }

    /// Asks for a server's head through a proxy.
    ///
    /// May take ten seconds.
    public func look(at proxy: ProxyAddress, onTheWayTo url: SourceURL) async -> ProxyFinding {
        let answer: Transfer.Answer
        do throws(TransferError) {
            answer = try await stoppable(url) { isStopped throws(TransferError) in
                var request = try request(url, .open)
                request.proxy = proxy
                request.headOnly = true
                request.timeLimit = .seconds(10)
                return Transfer(request, isStopped: isStopped) { _, _, _ in true }.run()
            }
        } catch {
            return .notAsked(error)
        }
        if let refusal = answer.refusal { return .notAsked(refusal) }
        let failure = answer.failure(url)
        // A server behind it that is slow is none of its faults.
        let isSlow = answer.code == 28 && answer.isConnected
        switch failure {
        case .proxyRefused: return .trouble(failure)
        case .proxy where answer.tunnelStatus == 0 && !isSlow: return .trouble(failure)
        default: break
        }
        if answer.tunnelStatus != 0 || answer.code == 0 { return .answers }
        if isSlow { return .takesConnections }
        return answer.isConnected ? .answers : .notAsked(failure)
    }

    // MARK: Attempts

    private func request(_ url: SourceURL, _ access: Access) throws(TransferError) -> Transfer.Request {
        var request = Transfer.Request(url: url, access: access, tls: tls, stallLimit: stallLimit)
        // A redirect may lead from loopback to https.
        if url.scheme != "file" { request.authorities = try Authorities.bundle(extra: tls.extraAuthorities) }
        return request
    }

    private func retrying(
        _ url: SourceURL, _ policy: RetryPolicy, _ onProgress: @Sendable (Progress) -> Void,
        _ attempt:
            @escaping @Sendable (_ isStopped: @escaping @Sendable () -> Bool) throws(TransferError) -> Transfer.Answer
    ) async throws(TransferError) {
        var attempts = Attempts(begin: .now)
        while true {
            let answer = try await stoppable(url) { isStopped throws(TransferError) in try attempt(isStopped) }
            if answer.succeeded(url) { return }
            let failure = answer.failure(url)
            guard answer.mayPass(policy) else { throw failure }
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
