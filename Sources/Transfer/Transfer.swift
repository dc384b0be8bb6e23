import CCurl
internal import Glibc
import Platform
internal import Synchronization

/// One transfer by libcurl, on the thread that runs it.
final class Transfer: Sendable {
    /// What to ask for.
    struct Request {
        var url: SourceURL
        var body: [UInt8]?
        /// Whole header lines, secrets among them.
        var headers: [String] = []
        /// Where to go on in a file that is partly there.
        var offset: Int64 = 0
        var authorities: [UInt8] = []
        /// No byte for so long ends the transfer; how slow it is does not.
        var stallLimit: Duration = .seconds(30)
        /// For small answers: how long the whole may take.
        var timeLimit: Duration?
    }

    /// What came back.
    struct Answer {
        var status = 0
        var code: Int32 = 0
        var reason = ""
        var retryAfter: Duration?
        var headers: [String: String] = [:]
        /// For a download into a file: how long that is now.
        var reached: Int64 = 0
    }

    private struct State {
        var headers: [String: String] = [:]
        var received: Int64 = 0
        var lastByte = ContinuousClock.now
        var stalled = false
    }

    private let request: Request
    private let isStopped: @Sendable () -> Bool
    private let sink: @Sendable (UnsafeRawBufferPointer, _ headers: [String: String], _ status: Int) -> Bool
    private let state = Mutex(State())
    private let handle = Mutex<Int>(0)

    /// The sink gets each piece of the body with the answer's headers; false ends the transfer.
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
        guard let curl = curl_easy_init() else { return Answer(code: 27, reason: "out of memory") }
        defer { curl_easy_cleanup(curl) }
        handle.withLock { $0 = Int(bitPattern: curl) }
        var list: UnsafeMutablePointer<curl_slist>?
        for header in request.headers + ["Expect:"] { list = curl_slist_append(list, header) }
        defer { curl_slist_free_all(list) }
        var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let code = message.withUnsafeMutableBufferPointer { message -> CURLcode in
            configure(curl, list)
            curl_set_pointer(curl, CURLOPT_ERRORBUFFER, message.baseAddress)
            return withAuthorities(curl) { withBody(curl) { curl_easy_perform(curl) } }
        }
        return answer(
            curl, code, words: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private func answer(_ curl: UnsafeMutableRawPointer, _ code: CURLcode, words: String) -> Answer {
        let seen = state.withLock { ($0.headers, $0.stalled) }
        let wait = curl_get_offset(curl, CURLINFO_RETRY_AFTER)
        let usual = String(cString: curl_easy_strerror(code))
        return Answer(
            status: Int(curl_get_long(curl, CURLINFO_RESPONSE_CODE)),
            code: seen.1 ? 28 : Int32(bitPattern: code.rawValue),
            reason: seen.1
                ? "no byte came for \(request.stallLimit.milliseconds / 1000) s" : words.isEmpty ? usual : words,
            retryAfter: wait > 0 ? .seconds(wait) : nil, headers: seen.0)
    }

    private func configure(_ curl: UnsafeMutableRawPointer, _ headers: UnsafeMutablePointer<curl_slist>?) {
        curl_set_string(curl, CURLOPT_URL, request.url.text)
        curl_set_list(curl, CURLOPT_HTTPHEADER, headers)
        curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, 15)
        curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        curl_set_long(curl, CURLOPT_FOLLOWLOCATION, request.body == nil ? 1 : 0)
        curl_set_long(curl, CURLOPT_MAXREDIRS, 10)
        curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "https,http,file")
        // A redirect never leads to plain http, not even to loopback, nor to a file.
        curl_set_string(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https")
        // A proxy cannot reach this host's own loopback, where a hub behind a tunnel listens.
        if SourceURL.isLoopback(request.url.host) { curl_set_string(curl, CURLOPT_NOPROXY, "*") }
        curl_set_string(curl, CURLOPT_USERAGENT, "host-bootstrap")
        // As much as libcurl takes: one piece costs a call of the sink, a write and a wake-up.
        curl_set_long(curl, CURLOPT_BUFFERSIZE, 1 << 19)
        // Archives must arrive as they were hashed.
        curl_set_string(curl, CURLOPT_ACCEPT_ENCODING, nil)
        if request.offset > 0 { curl_set_offset(curl, CURLOPT_RESUME_FROM_LARGE, curl_off_t(request.offset)) }
        if let limit = request.timeLimit { curl_set_long(curl, CURLOPT_TIMEOUT_MS, Int(limit.milliseconds)) }
        let me = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(curl, CURLOPT_WRITEDATA, me)
        curl_set_sink(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(piece) ? size * count : 0
        }
        curl_set_pointer(curl, CURLOPT_HEADERDATA, me)
        curl_set_sink(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
            Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line)
            return size * count
        }
        curl_set_pointer(curl, CURLOPT_XFERINFODATA, me)
        curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
        curl_set_progress(curl) { context, _, received, _, sent in
            guard let context else { return 1 }
            return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().goesOn(Int64(received + sent)) ? 0 : 1
        }
    }

    private func withAuthorities(_ curl: UnsafeMutableRawPointer, _ body: () -> CURLcode) -> CURLcode {
        guard !request.authorities.isEmpty else { return body() }
        return request.authorities.withUnsafeBytes { bytes in
            var blob = curl_blob(
                data: UnsafeMutableRawPointer(mutating: bytes.baseAddress), len: bytes.count, flags: 0)
            return withUnsafeMutablePointer(to: &blob) { blob in
                curl_set_pointer(curl, CURLOPT_CAINFO_BLOB, blob)
                return body()
            }
        }
    }

    private func withBody(_ curl: UnsafeMutableRawPointer, _ body: () -> CURLcode) -> CURLcode {
        guard let bytes = request.body else { return body() }
        return bytes.withUnsafeBytes { bytes in
            curl_set_long(curl, CURLOPT_POST, 1)
            curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            curl_set_pointer(curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return body()
        }
    }

    // MARK: What libcurl calls

    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        let (headers, curl) = (state.withLock { $0.headers }, handle.withLock { $0 })
        let status = UnsafeMutableRawPointer(bitPattern: curl).map { curl_get_long($0, CURLINFO_RESPONSE_CODE) } ?? 0
        return sink(piece, headers, Int(status))
    }

    private func takeHeader(_ line: String) {
        state.withLock { state in
            // Each redirect's answer has headers of its own; the last one's count.
            if line.hasPrefix("HTTP/") { state.headers = [:] }
            guard let colon = line.firstIndex(of: ":"), state.headers.count < 200 else { return }
            let value = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            state.headers[line[..<colon].lowercased()] = value
        }
    }

    /// libcurl asks about once a second, and whenever bytes move.
    private func goesOn(_ moved: Int64) -> Bool {
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
