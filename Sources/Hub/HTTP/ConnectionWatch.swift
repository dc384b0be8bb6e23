internal import CMicroHTTPD
internal import Glibc
internal import Platform
internal import Synchronization

/// Ends connections that take for ever to send a request, and lets no address have too many of them.
///
/// libmicrohttpd itself ends only those that are silent: a byte now and then keeps one open for good.
final class ConnectionWatch: Sendable {
    /// The bounds.
    struct Limits: Sendable {
        /// From a connection's begin, or its last request's end, until the next request's head is whole.
        var head = Duration.seconds(90)
        /// From there until its body is whole; an upload's form has a limit of its own.
        var body = Duration.seconds(120)
        /// Of one address other than loopback, where proxies and the hub's own TLS may be.
        var perAddress = 256
    }

    /// What a connection is doing.
    enum Phase: Sendable {
        case head, body, answer
    }

    /// One connection, from its first byte to its end.
    final class Connection: Sendable {
        fileprivate let socket: Int32
        fileprivate let address: [UInt8]
        private let state = Mutex((phase: Phase.head, since: ContinuousClock.now))

        fileprivate init(socket: Int32, address: [UInt8]) {
            self.socket = socket
            self.address = address
        }

        /// From now on it does this.
        func enters(_ phase: Phase) { state.withLock { $0 = (phase, ContinuousClock.now) } }

        fileprivate func isLate(_ limits: Limits, _ now: ContinuousClock.Instant) -> Bool {
            let (phase, since) = state.withLock { $0 }
            return switch phase {
            case .head: now - since > limits.head
            case .body: now - since > limits.body
            case .answer: false
            }
        }
    }

    private let limits: Limits
    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])
    private let counts = Mutex<[[UInt8]: Int]>([:])
    private let isOver = Atomic(false)

    init(_ limits: Limits) {
        self.limits = limits
    }

    /// Looks once a second until ``end()``.
    func start() {
        Task {
            while !isOver.load(ordering: .relaxed) {
                endLateOnes(ContinuousClock.now)
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    func end() { isOver.store(true, ordering: .relaxed) }

    /// Whether one more of this address is taken.
    fileprivate func admits(_ address: [UInt8]) -> Bool {
        address.isEmpty || counts.withLock { $0[address] ?? 0 } < limits.perAddress
    }

    fileprivate func began(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        if !connection.address.isEmpty { counts.withLock { $0[connection.address, default: 0] += 1 } }
    }

    /// Before its socket is closed, so that no other connection's is shut in its place.
    fileprivate func ended(_ connection: Connection) {
        _ = connections.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
        guard !connection.address.isEmpty else { return }
        counts.withLock { counts in
            let left = (counts[connection.address] ?? 1) - 1
            counts[connection.address] = left > 0 ? left : nil
        }
    }

    private func endLateOnes(_ now: ContinuousClock.Instant) {
        connections.withLock { connections in
            for connection in connections.values where connection.isLate(limits, now) {
                shutdown(connection.socket, Int32(SHUT_RDWR))
            }
        }
    }
}

/// libmicrohttpd asks before it takes a connection.
func admitConnection(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t
) -> MHD_Result {
    guard let context, let address else { return .YES }
    let watch = Unmanaged<ConnectionWatch>.fromOpaque(context).takeUnretainedValue()
    return watch.admits(countedAddress(address)) ? .YES : .NO
}

/// libmicrohttpd tells of a connection's begin and end.
func followConnection(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ place: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let place else { return }
    let watch = Unmanaged<ConnectionWatch>.fromOpaque(context).takeUnretainedValue()
    if let known = place.pointee {
        watch.ended(Unmanaged<ConnectionWatch.Connection>.fromOpaque(known).takeRetainedValue())
        place.pointee = nil
        return
    }
    let socket = microhttpd_socket(connection)
    let made = ConnectionWatch.Connection(
        socket: socket, address: microhttpd_peer(connection).map(countedAddress) ?? [])
    watch.began(made)
    place.pointee = Unmanaged.passRetained(made).toOpaque()
}

/// What the watch knows of a connection that a request came on.
func watched(_ connection: OpaquePointer) -> ConnectionWatch.Connection? {
    microhttpd_socket_context(connection).map {
        Unmanaged<ConnectionWatch.Connection>.fromOpaque($0).takeUnretainedValue()
    }
}

/// An address without its port, for which connections are counted; empty for loopback, and for what is no IP.
func countedAddress(_ address: UnsafePointer<sockaddr>) -> [UInt8] {
    microhttpd_is_loopback(address) != 0 ? [] : PeerAddress(address)?.network ?? []
}
