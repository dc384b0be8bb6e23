import CCurl
internal import Glibc
import Platform
internal import Synchronization

/// One transfer by libcurl, redirects followed, on the thread that runs it.
final class Transfer: Sendable {
    /// What to ask for.
    struct Request {
        var url: SourceURL
        var body: [UInt8]?
        /// Whole header lines; without secrets, or redirects must not be followed.
        var headers: [String] = []
        /// What the address's own server wants to see.
        var access = Access.open
        /// Only the answer's head is wanted.
        var headOnly = false
        /// It is put, with nothing in it.
        var isPut = false
        /// Where to go on in a file that is partly there.
        var offset: Int64 = 0
        var tls = TLSSettings()
        var authorities: [UInt8] = []
        /// Asked through this one, whatever the environment says.
        var proxy: ProxyAddress?
        /// No byte for so long ends the transfer; how slow it is does not.
        var stallLimit: Duration = .seconds(30)
        /// For small answers: how long the whole may take, redirects included.
        var timeLimit: Duration?
    }

    /// As many as curl and the browsers follow, or a few less; a loop must end.
    static let redirectLimit = 10

    private static let unwantedLimit = 256 << 10

    let request: Request
    private let isStopped: @Sendable () -> Bool
    private let sink: @Sendable (UnsafeRawBufferPointer, _ headers: [String: String], _ status: Int) -> Bool
    private let state = Mutex(State())

    private struct State {
        var status = 0
        var headers: [String: String] = [:]
        var received: Int64 = 0
        var lastByte = ContinuousClock.now
        var stalled = false
        var unwanted = 0
        var leftUnread = false
        var proxy: ProxyAddress?
    }

    /// The sink gets each piece of a good answer's body with its headers; false ends the transfer.
    init(
        _ request: Request, isStopped: @escaping @Sendable () -> Bool,
        sink: @escaping @Sendable (UnsafeRawBufferPointer, [String: String], Int) -> Bool
    ) {
        self.request = request
        self.isStopped = isStopped
        self.sink = sink
    }

    // libcurl must be set up once, before any thread uses it.
    private static let library: Void = curl_start()

    /// Runs it to its end.
    ///
    /// Blocks.
    func run() -> Answer {
        _ = Self.library
        let deadline = request.timeLimit.map { ContinuousClock.now + $0 }
        var url = request.url
        for _ in 0...Self.redirectLimit {
            var answer = attempt(url, deadline)
            // A body is not sent on: it may go with a secret.
            guard answer.code == 0, let location = answer.location, request.body == nil else { return answer }
            do throws(RefusedRedirect) { url = try RefusedRedirect.check(location, from: url) } catch {
                answer.refusedRedirect = error
                return answer
            }
        }
        let tooMany = RefusedRedirect(to: "\(url)", reason: "more than \(Self.redirectLimit) in a row")
        return Answer(refusedRedirect: tooMany)
    }

    /// Asks one address, through its proxy if it has one.
    private func attempt(_ url: SourceURL, _ deadline: ContinuousClock.Instant?) -> Answer {
        let proxy: ProxyAddress?
        do throws(ProxyError) { proxy = try way(to: url) } catch {
            return Answer(refusal: .badProxy(error))
        }
        if request.authorities.isEmpty, [url.scheme, proxy?.scheme].contains("https") {
            return Answer(refusal: .noAuthorities)
        }
        guard let proxy else { return perform(url, nil, deadline) }
        switch ProxyTrials.begin(proxy, isStopped: { isStopped() || deadline.map { $0 < .now } ?? false }) {
        case .refused: return Answer(proxy: proxy, tunnelStatus: 407)
        case .stopped: return Answer(code: 28, reason: "the proxy did not answer in time", proxy: proxy)
        case .accepted: return perform(url, proxy, deadline)
        case .first:
            let answer = perform(url, proxy, deadline)
            let isPassed = (200..<300).contains(answer.tunnelStatus)
            ProxyTrials.end(proxy, isAccepted: answer.isRefusedByProxy ? false : isPassed ? true : nil)
            return answer
        }
    }

    /// A proxy cannot reach this host's own loopback, where a hub behind a tunnel listens, nor the machine below it.
    private func way(to url: SourceURL) throws(ProxyError) -> ProxyAddress? {
        if let proxy = request.proxy { return proxy }
        guard url.scheme != "file", !SourceURL.isLoopback(url.host), url.host != InstanceMetadata.server else {
            return nil
        }
        return try ProxyEnvironment().proxy(for: url.scheme, host: url.host)
    }

    /// Each address gets a handle of its own: nothing that was set or learnt for the one before can reach it.
    private func perform(_ url: SourceURL, _ proxy: ProxyAddress?, _ deadline: ContinuousClock.Instant?) -> Answer {
        guard let curl = curl_easy_init() else { return Answer(code: 27, reason: "out of memory") }
        defer { curl_easy_cleanup(curl) }
        state.withLock { $0 = State(proxy: proxy) }
        var list: UnsafeMutablePointer<curl_slist>?
        let secret = request.access.header(for: url).map { [$0] } ?? []
        for header in request.headers + secret + ["Expect:", "Accept-Encoding: identity"] {
            list = curl_slist_append(list, header)
        }
        defer { curl_slist_free_all(list) }
        var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let code = message.withUnsafeMutableBufferPointer { message -> CURLcode in
            configure(curl, url, proxy)
            configureCallbacks(curl)
            curl_set_list(curl, CURLOPT_HTTPHEADER, list)
            if let deadline {
                curl_set_long(curl, CURLOPT_TIMEOUT_MS, max(1, Int((deadline - .now).milliseconds)))
            }
            curl_set_pointer(curl, CURLOPT_ERRORBUFFER, message.baseAddress)
            return withAuthorities(curl) { withBody(curl) { curl_easy_perform(curl) } }
        }
        return answer(
            curl, code, words: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private func answer(_ curl: UnsafeMutableRawPointer, _ code: CURLcode, words: String) -> Answer {
        let seen = state.withLock { $0 }
        let wait = curl_get_offset(curl, CURLINFO_RETRY_AFTER)
        var answer = Answer(
            status: Int(curl_get_long(curl, CURLINFO_RESPONSE_CODE)), code: Int32(bitPattern: code.rawValue),
            reason: words.isEmpty ? String(cString: curl_easy_strerror(code)) : words,
            retryAfter: wait > 0 ? .seconds(wait) : nil, headers: seen.headers,
            verifyResult: curl_get_long(curl, CURLINFO_SSL_VERIFYRESULT))
        answer.proxy = seen.proxy
        answer.tunnelStatus = curl_get_long(curl, CURLINFO_HTTP_CONNECTCODE)
        answer.isConnected = curl_get_offset(curl, CURLINFO_CONNECT_TIME_T) > 0
        if [301, 302, 303, 307, 308].contains(answer.status) {
            answer.location = curl_get_string(curl, CURLINFO_REDIRECT_URL).map { String(cString: $0) }
        }
        if seen.leftUnread { answer.code = 0 }
        if seen.stalled {
            answer.code = 28
            answer.reason = "no byte came for \(request.stallLimit.milliseconds / 1000) s"
        }
        // With TLS 1.3 this comes as a mere read error, which no number of attempts would change.
        if answer.code == 56, words.contains("certificate required") { answer.code = 58 }
        return answer
    }

    // MARK: What libcurl calls

    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        let seen = state.withLock { $0 }
        if seen.status == 0 || (200..<300).contains(seen.status) { return sink(piece, seen.headers, seen.status) }
        // The page of an error or a redirect is nothing that was asked for, and may be without end. Some of it must
        // be read: libcurl tells where a redirect leads only when that has ended well.
        return state.withLock { state in
            state.unwanted += piece.count
            state.leftUnread = state.unwanted > Self.unwantedLimit
            return !state.leftUnread
        }
    }

    func takeHeader(_ line: String) {
        let proxy = state.withLock { state in
            // Interim answers have headers of their own; the last one's count.
            if line.hasPrefix("HTTP/") {
                state.headers = [:]
                state.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            }
            guard let colon = line.firstIndex(of: ":"), state.headers.count < 200 else { return nil as ProxyAddress? }
            let value = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            state.headers[line[..<colon].lowercased()] = value
            return state.status == 407 ? nil : state.proxy
        }
        // Whoever waits to use it, too, need not wait for the end of this.
        if let proxy { ProxyTrials.end(proxy, isAccepted: true) }
    }

    /// libcurl asks about once a second, and whenever bytes move.
    func goesOn(_ moved: Int64) -> Bool {
        if isStopped() { return false }
        return state.withLock { state in
            let now = ContinuousClock.now
            if moved != state.received {
                state.received = moved
                state.lastByte = now
            }
            state.stalled = now - state.lastByte > request.stallLimit
            return !state.stalled
        }
    }
}
