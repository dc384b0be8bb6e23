internal import CMicroHTTPD
internal import Database
internal import Synchronization

/// Server-sent events to one client (html.spec.whatwg.org, 9.2): what is sent waits in memory for the client to take it.
final class EventStream: Sendable {
    private struct State: @unchecked Sendable {
        // @unchecked: the pointer is libmicrohttpd's, which takes it from any thread while the connection lives.
        /// Pieces that all who watch the same share.
        var waiting: [[UInt8]] = []
        /// How many of those the client has, and how much of the next.
        var taken = (pieces: 0, bytes: 0)
        var unread = 0
        var connection: OpaquePointer?
        var isSuspended = false
        var isClosed = false
    }

    /// A client that leaves so much unread is cut off: it reconnects, and gets the state as it is then.
    ///
    /// The state of 10,000 hosts is 3 MiB.
    private static let most = 32 << 20
    private let state = Mutex(State())

    /// Tells whether who watches still may.
    typealias Permission = @Sendable () throws(DatabaseError) -> Bool
    let permission: Permission

    init(while permission: @escaping Permission = { () throws(DatabaseError) in true }) { self.permission = permission }

    /// The client is gone, or was sent away.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// One event; its data is one line.
    static func event(_ name: String, _ data: [UInt8]) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data + [0x0a, 0x0a]
    }

    /// A line that says nothing, so that a client that is gone is noticed.
    static let ping = Array(":\n\n".utf8)

    /// Sends an event, made once for all who are to have it.
    func send(_ event: [UInt8]) {
        wake { state in
            state.waiting.append(event)
            state.unread += event.count
            if state.unread > Self.most { state.isClosed = true }
        }
    }

    /// Ends it once all that waits was taken.
    func close() { wake { $0.isClosed = true } }

    private func wake(_ change: (inout State) -> Void) {
        let connection = state.withLock { state -> OpaquePointer? in
            guard !state.isClosed else { return nil }
            change(&state)
            guard state.isSuspended else { return nil }
            state.isSuspended = false
            return state.connection
        }
        // Outside of the lock: libmicrohttpd has one of its own, which it may hold while it calls this object.
        if let connection { MHD_resume_connection(connection) }
    }

    // MARK: libmicrohttpd's side

    /// A response that sends what comes; it keeps this object until it is gone.
    func response(on connection: OpaquePointer) -> OpaquePointer? {
        state.withLock { $0.connection = connection }
        return microhttpd_stream(
            16 << 10,
            { context, _, buffer, most in
                guard let context, let buffer else { return microhttpd_stream_end() }
                let stream = Unmanaged<EventStream>.fromOpaque(context).takeUnretainedValue()
                return stream.take(UnsafeMutableRawBufferPointer(start: buffer, count: most))
            }, Unmanaged.passRetained(self).toOpaque(),
            { context in
                guard let context else { return }
                Unmanaged<EventStream>.fromOpaque(context).takeRetainedValue().ended()
            })
    }

    private func take(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            if state.taken.pieces < state.waiting.count {
                let rest = state.waiting[state.taken.pieces][state.taken.bytes...]
                let count = min(buffer.count, rest.count)
                buffer.copyBytes(from: rest.prefix(count))
                state.unread -= count
                if count < rest.count {
                    state.taken.bytes += count
                } else {
                    // It may be the last who needs it.
                    state.waiting[state.taken.pieces] = []
                    state.taken = (state.taken.pieces + 1, 0)
                }
                return count
            }
            (state.waiting, state.taken) = ([], (0, 0))
            if state.isClosed { return microhttpd_stream_end() }
            if let connection = state.connection {
                state.isSuspended = true
                MHD_suspend_connection(connection)
            }
            return 0
        }
    }

    private func ended() {
        state.withLock { state in
            state.isClosed = true
            state.connection = nil
            state.isSuspended = false
        }
    }
}
