internal import CMicroHTTPD
internal import Glibc
internal import Platform
internal import Synchronization

/// What the callbacks of one server share.
final class HTTPExchanges: Sendable {
    let bodyLimit: Int
    let uploads: UploadSettings?
    let gate: RequestFilter
    /// Tells of TLS to whoever was asked over it.
    let isSecure: Bool
    let failedTokens: FailedTokens
    /// Believed in what it adds, besides those of this machine.
    let proxy: PeerAddress?
    let refusal: @Sendable (HTTPRequest) -> HTTPResponse?
    let handler: @Sendable (HTTPRequest) -> HTTPResponse
    private let count = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let isStopping = Atomic(false)

    init(
        bodyLimit: Int, uploads: UploadSettings?, gate: RequestFilter, isSecure: Bool, failedTokens: FailedTokens,
        proxy: PeerAddress?,
        refusal: @escaping @Sendable (HTTPRequest) -> HTTPResponse?,
        handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        self.bodyLimit = bodyLimit
        self.uploads = uploads
        self.gate = gate
        self.isSecure = isSecure
        self.failedTokens = failedTokens
        self.proxy = proxy
        self.refusal = refusal
        self.handler = handler
    }

    /// Requests that have begun and not ended.
    var running: Int { count.load(ordering: .relaxed) }
    func began() { count.add(1, ordering: .relaxed) }

    /// Requests whose answer is awaited from another thread.
    ///
    /// Once it is 0 after ``stop()``, it stays so: both sides write first and look then, in one order for all.
    var awaited: Int { waiting.load(ordering: .sequentiallyConsistent) }

    /// One more, unless the server stops.
    func `defer`() -> Bool {
        waiting.add(1, ordering: .sequentiallyConsistent)
        if !isStopping.load(ordering: .sequentiallyConsistent) { return true }
        undefer()
        return false
    }

    func undefer() { waiting.subtract(1, ordering: .sequentiallyConsistent) }
    func stop() { isStopping.store(true, ordering: .sequentiallyConsistent) }
    func ended() { count.subtract(1, ordering: .relaxed) }
}

/// A request while it comes in; used by one thread of libmicrohttpd, which owns it between the callbacks.
private final class IncomingRequest {
    let method: String
    let path: [String]?
    let headers: [String: String]
    let repeatedHeaders: Set<String>, hasMalformedHeader: Bool
    let isFromLoopback: Bool, isBelieved: Bool, isOverTLS: Bool
    private let peer: PeerAddress?
    private let query: [String: String]
    private var body: [UInt8] = []
    private(set) var received = 0
    /// Where an upload goes.
    private(set) var form: UploadForm?
    /// An upload was to come, and this is none.
    var isBadForm = false
    /// What a stranger is told when the little that it sends besides has been thrown away.
    var refusal: HTTPResponse?
    /// What is answered later: set once, by any thread, while the connection is suspended.
    let answer = Mutex<HTTPResponse?>(nil)
    var isDeferred = false

    init(
        _ connection: OpaquePointer, url: UnsafePointer<CChar>, method: UnsafePointer<CChar>, _ exchanges: HTTPExchanges
    ) {
        self.method = String(cString: method)
        path = RequestPath.parts(of: String(cString: url))
        let fields = readValues(connection, .HEADER_KIND), proxy = exchanges.proxy
        (headers, repeatedHeaders, hasMalformedHeader) = (fields.values, fields.repeated, fields.hasMalformed)
        isOverTLS = exchanges.isSecure
        let isByLoopback = microhttpd_peer_is_loopback(connection) != 0
        peer = microhttpd_peer(connection).flatMap { PeerAddress($0) }
        isBelieved = isByLoopback || peer != nil && peer == proxy
        isFromLoopback = isByLoopback && !RequestFilter.isForwarded(headers)
        query = readValues(connection, .GET_ARGUMENT_KIND).values.compactMapValues {
            RequestPath.decoded(parameter: $0)
        }
    }

    /// An upload's form, once it is known that it may come; false when those that are under way leave no room for it.
    func expectForm(_ connection: OpaquePointer, _ uploads: UploadSettings?) -> Bool {
        guard method == "POST", path == UploadSettings.path, let uploads else { return true }
        let bytes = min(headers["content-length"].flatMap { Int($0) } ?? uploads.limit, uploads.limit)
        guard uploads.room.take(bytes) else { return false }
        form = UploadForm(connection, uploads, reserved: bytes)
        return true
    }

    func discard(_ count: Int) { received += count }

    func take(_ bytes: UnsafeRawBufferPointer, limit: Int) {
        received += bytes.count
        if received <= limit { body.append(contentsOf: bytes) } else { body = [] }
    }

    func whole(limit: Int) -> HTTPRequest {
        HTTPRequest(
            method: method, path: path, headers: headers, isFromLoopback: isFromLoopback,
            isBelieved: isBelieved, isOverTLS: isOverTLS, peer: peer,
            body: received <= limit || form != nil ? body : nil, query: query, form: isBadForm ? nil : form)
    }

    /// The announced length, 0 when there is none.
    var announced: Int { headers["content-length"].flatMap { Int($0) } ?? 0 }
}

/// A body that is too large is still read up to so many times the limit: a client that is cut off while it sends
/// sees a broken connection instead of the 413.
private let drainFactor = 16

/// What of a stranger's body is thrown away rather than answered with a broken connection.
private let strangersBytes = 64 << 10

func takeRequest(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
    _ dataSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let dataSize, let state else { return .NO }
    let exchanges = Unmanaged<HTTPExchanges>.fromOpaque(context).takeUnretainedValue()
    guard let pointer = state.pointee else {
        let request = IncomingRequest(connection, url: url, method: method, exchanges)
        exchanges.began()
        watched(connection)?.enters(.body)
        state.pointee = Unmanaged.passRetained(request).toOpaque()
        let refusal = exchanges.gate.refusal(
            request.method, request.path, request.headers, repeated: request.repeatedHeaders,
            hasMalformed: request.hasMalformedHeader)
        if let refusal { return send(refusal.adding("Connection", "close"), on: connection, exchanges) }
        if let refusal = exchanges.refusal(request.whole(limit: exchanges.bodyLimit)) {
            // Who has sent little sees the answer before the connection ends; who would send more is cut off.
            guard request.announced <= strangersBytes else {
                return send(refusal.adding("Connection", "close"), on: connection, exchanges)
            }
            request.refusal = refusal
            return .YES
        }
        guard request.expectForm(connection, exchanges.uploads) else {
            let refusal = HTTPResponse.refusal(503, "BUSY", "other uploads are under way; try again")
            return send(refusal.adding("Retry-After", "5").adding("Connection", "close"), on: connection, exchanges)
        }
        if request.form != nil {
            // It has a time limit of its own.
            watched(connection)?.enters(.answer)
            return .YES
        }
        // A client that asks first (Expect: 100-continue), or would send too much to drain, is told at once.
        let isTooLarge = request.announced > exchanges.bodyLimit
        let asksFirst = request.headers["expect"] != nil
        guard isTooLarge && (asksFirst || request.announced > exchanges.bodyLimit * drainFactor) else { return .YES }
        return send(tooLarge(exchanges.bodyLimit).adding("Connection", "close"), on: connection, exchanges)
    }
    let request = Unmanaged<IncomingRequest>.fromOpaque(pointer).takeUnretainedValue()
    if request.isDeferred {
        // libmicrohttpd asks again once the connection goes on.
        return request.answer.withLock { $0 }.map { send($0, on: connection, exchanges) } ?? .YES
    }
    if let refusal = request.refusal {
        request.discard(dataSize.pointee)
        let isOver = dataSize.pointee == 0
        dataSize.pointee = 0
        if isOver { return respond(refusal, to: request, on: connection, exchanges) }
        return request.received > strangersBytes ? .NO : .YES
    }
    if dataSize.pointee > 0, let form = request.form {
        if !form.take(UnsafeRawBufferPointer(start: data, count: dataSize.pointee)) { request.isBadForm = true }
        dataSize.pointee = 0
        return form.isLate ? .NO : .YES
    }
    if dataSize.pointee > 0 {
        request.take(UnsafeRawBufferPointer(start: data, count: dataSize.pointee), limit: exchanges.bodyLimit)
        dataSize.pointee = 0
        return request.received > exchanges.bodyLimit * drainFactor ? .NO : .YES
    }
    watched(connection)?.enters(.answer)
    request.form?.finish()
    let whole = request.whole(limit: exchanges.bodyLimit)
    // A client of the delta service tries what there is not, whatever its length, and goes on when it is told so.
    let isUnknown = whole.path == UploadSettings.planPath
    let answer = whole.body == nil && !isUnknown ? tooLarge(exchanges.bodyLimit) : exchanges.handler(whole)
    return respond(answer, to: request, on: connection, exchanges)
}

/// Sends an answer, or waits for one that is awaited.
private func respond(
    _ answer: HTTPResponse, to request: IncomingRequest, on connection: OpaquePointer, _ exchanges: HTTPExchanges
) -> MHD_Result {
    var answer = answer
    if answer.status == 401, request.headers["authorization"] != nil {
        let wait = exchanges.failedTokens.count(request.whole(limit: 0).client)
        if wait > .zero { answer = answer.delayed(wait) }
    }
    guard case .deferred(let work) = answer.body else { return send(answer, on: connection, exchanges) }
    guard exchanges.defer() else {
        return send(
            .refusal(503, "stopping", "the hub is about to end; try again").adding("Connection", "close"),
            on: connection, exchanges)
    }
    request.isDeferred = true
    MHD_suspend_connection(connection)
    let (waiting, waker) = (Waiting(request: request), Waker(connection: connection))
    work { response in
        waiting.request.answer.withLock { $0 = response }
        MHD_resume_connection(waker.connection)
        exchanges.undefer()
    }
    return .YES
}

/// A request whose answer is awaited; its thread does nothing with it until the connection goes on.
private struct Waiting: @unchecked Sendable {
    // @unchecked: only `answer` is touched by another thread, and that has a lock.
    let request: IncomingRequest
}

private struct Waker: @unchecked Sendable {
    // @unchecked: libmicrohttpd lets any thread resume a connection that is suspended.
    let connection: OpaquePointer
}

func endRequest(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    if let connection { watched(connection)?.enters(.head) }
    guard let context, let pointer = state?.pointee else { return }
    Unmanaged<IncomingRequest>.fromOpaque(pointer).release()
    state?.pointee = nil
    Unmanaged<HTTPExchanges>.fromOpaque(context).takeUnretainedValue().ended()
}

private func tooLarge(_ limit: Int) -> HTTPResponse {
    .refusal(413, "too_large", "a body may have \(limit) bytes")
}

/// Headers or parameters as they came.
private struct ReceivedFields {
    /// By lower-case name, the first of each.
    var values: [String: String] = [:]
    /// The names that came more than once.
    var repeated: Set<String> = []
    /// One of them is no header.
    var hasMalformed = false

    mutating func take(_ name: String, _ value: String) {
        if !FieldSyntax.isName(name) || !FieldSyntax.isValue(value) { hasMalformed = true }
        let key = name.lowercased()
        if values[key] != nil { repeated.insert(key) } else { values[key] = value }
    }
}

private func readValues(_ connection: OpaquePointer, _ kind: MHD_ValueKind) -> ReceivedFields {
    var found = ReceivedFields()
    _ = withUnsafeMutablePointer(to: &found) { found in
        MHD_get_connection_values(
            connection, kind,
            { context, _, name, value in
                guard let context, let name else { return .YES }
                context.assumingMemoryBound(to: ReceivedFields.self).pointee
                    .take(String(cString: name), value.map { String(cString: $0) } ?? "")
                return .YES
            }, found)
    }
    return found
}

private func send(
    _ answer: HTTPResponse, on connection: OpaquePointer, _ exchanges: HTTPExchanges
) -> MHD_Result {
    watched(connection)?.enters(.answer)
    guard let response = make(answer.body, on: connection) else { return .NO }
    defer { MHD_destroy_response(response) }
    for (name, value) in answer.headers { MHD_add_response_header(response, name, value) }
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
    // A year, as hstspreload.org asks for; RFC 6797 lets it be told over TLS only.
    if exchanges.isSecure { MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000") }
    return MHD_queue_response(connection, UInt32(answer.status), response)
}

private func make(_ body: HTTPResponse.Body, on connection: OpaquePointer) -> OpaquePointer? {
    switch body {
    case .deferred: return nil
    case .stream(let stream): return stream.response(on: connection)
    case .bytes(var bytes):
        return bytes.withUnsafeMutableBytes {
            MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
        }
    case .file(let file, let offset, let length):
        // libmicrohttpd closes what it is given.
        let copy = fcntl(file.descriptor.number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return nil }
        guard let response = MHD_create_response_from_fd_at_offset64(UInt64(length), copy, UInt64(offset)) else {
            close(copy)
            return nil
        }
        return response
    }
}
