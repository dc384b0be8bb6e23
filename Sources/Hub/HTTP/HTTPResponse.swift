internal import JSON
internal import Platform

/// What a route answers.
struct HTTPResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// A part of an open file, sent by the kernel.
        case file(OpenFile, offset: Int64, length: Int64)
        /// Comes later, from another thread; whoever runs it calls back once.
        case deferred(@Sendable (@escaping @Sendable (HTTPResponse) -> Void) -> Void)
        /// Events, until the client or the hub goes.
        case stream(EventStream)
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body

    init(_ status: Int, _ headers: [(name: String, value: String)] = [], _ body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")], .bytes(value.encoded()))
    }

    static func events(_ stream: EventStream) -> HTTPResponse {
        HTTPResponse(
            200,
            // A proxy that gathers a body before it sends it would never send this one.
            [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")],
            .stream(stream))
    }

    /// The body of every refusal: `{"error": {"code": …, "message": …}}`.
    static func refusal(_ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        json(.object(["error": .object(["code": .string(code), "message": .string(message)])]), status: status)
    }

    static let notFound = refusal(404, "not_found", "there is nothing at this address")

    static func notAllowed(_ methods: String) -> HTTPResponse {
        refusal(405, "method_not_allowed", "this address takes \(methods)").adding("Allow", methods)
    }

    /// The same, later.
    func delayed(_ wait: Duration) -> HTTPResponse {
        HTTPResponse(
            status, [],
            .deferred { answer in
                Task {
                    try? await Task.sleep(for: wait)
                    answer(self)
                }
            })
    }

    func adding(_ name: String, _ value: String) -> HTTPResponse {
        var response = self
        response.headers.append((name, value))
        return response
    }
}

/// A file that stays open until the last response that sends it is gone.
final class OpenFile: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
