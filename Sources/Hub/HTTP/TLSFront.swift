internal import CSSL
internal import Glibc
internal import Platform
internal import Synchronization

/// Takes TLS connections and hands what they carry to the HTTP server, each by a thread of its own.
///
/// libmicrohttpd's own TLS needs GnuTLS, which cannot be linked statically. For more clients at once than there may be
/// threads, there are proxies.
final class TLSFront: Sendable {
    private static let mostConnections = 1000
    /// One that does not shake hands for so long, or is silent for so long, is closed; in milliseconds.
    private static let handshakeTime: Int32 = 10_000, idleTime: Int32 = 90_000

    private struct Context: @unchecked Sendable {
        // @unchecked: OpenSSL counts references to it, and any thread may make connections of it.
        let pointer: OpaquePointer
    }

    private let context: Context
    private let socket: OpenFile
    private let running = Atomic<Int>(0)
    private let isStopped = StopFlag()
    private let crew = Crew()

    /// Reads certificate and key (PEM); nothing is accepted before ``start(_:)``.
    init(on socket: consuming ListenSocket, certificate: String, key: String) throws(HubError) {
        guard let made = SSL_CTX_new(TLS_server_method()) else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        context = Context(pointer: made)
        self.socket = OpenFile(Descriptor(owning: socket.surrender()))
        ssl_at_least_1_2(made)
        guard SSL_CTX_use_certificate_chain_file(made, certificate) == 1 else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        guard SSL_CTX_use_PrivateKey_file(made, key, SSL_FILETYPE_PEM) == 1, SSL_CTX_check_private_key(made) == 1 else {
            throw .badCertificate(path: key, reason: Self.reason())
        }
    }

    deinit { SSL_CTX_free(context.pointer) }

    /// Accepts from now on; `connect` gives a plain connection to the server, with the address of the client.
    func start(
        _ connect: @escaping @Sendable (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws(HubError) {
        do throws(SystemCallError) { try crew.start { [self] in accept(connect) } } catch { throw .system(error) }
    }

    /// Takes no more; connections that are there go on until the server ends them.
    func stop() {
        isStopped.set()
        shutdown(socket.descriptor.number, Int32(SHUT_RDWR))
        crew.join()
    }

    private func accept(_ connect: @escaping @Sendable (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool) {
        while !isStopped.isSet {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let number = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.accept(socket.descriptor.number, $0, &length)
                }
            }
            guard number >= 0 else {
                // Out of descriptors: they come back when connections end.
                if [EMFILE, ENFILE, ENOMEM].contains(errno) { usleep(100_000) }
                continue
            }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            let client = Descriptor(owning: number)
            guard running.load(ordering: .relaxed) < Self.mostConnections else { continue }
            running.add(1, ordering: .relaxed)
            let (box, size) = (Address(storage: storage), length)
            let taken = OpenFile(client)
            startThread { [self] in
                serve(taken, box, size, connect)
                running.subtract(1, ordering: .relaxed)
            }
        }
    }

    private struct Address: @unchecked Sendable {
        // @unchecked: plain bytes.
        var storage: sockaddr_storage
    }

    private func serve(
        _ client: OpenFile, _ address: Address, _ length: socklen_t,
        _ connect: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) {
        guard let ssl = SSL_new(context.pointer) else { return }
        defer { SSL_free(ssl) }
        let number = client.descriptor.number
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        ssl_lenient_writes(ssl)
        guard SSL_set_fd(ssl, number) == 1, shakeHands(ssl, number) else { return }
        var pair: [Int32] = [-1, -1]
        let kind = SocketKind.stream | SocketKind.closedOnExec | SocketKind.nonBlocking
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { return }
        let plain = OpenFile(Descriptor(owning: pair[0]))
        var address = address.storage
        let isTaken = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(pair[1], $0, length) }
        }
        // The server closes its end whether it takes it or not.
        guard isTaken else { return }
        var pump = TLSPump(ssl, number, plain.descriptor.number, idle: Self.idleTime)
        pump.run()
    }

    private func shakeHands(_ ssl: OpaquePointer, _ number: Int32) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(Int(Self.handshakeTime))
        while true {
            let code = SSL_accept(ssl)
            if code == 1 { return true }
            let events: Int32
            switch SSL_get_error(ssl, code) {
            case SSL_ERROR_WANT_READ: events = POLLIN
            case SSL_ERROR_WANT_WRITE: events = POLLOUT
            default:
                ERR_clear_error()
                return false
            }
            let left = (deadline - .now).milliseconds
            var wait = pollfd(fd: number, events: Int16(events), revents: 0)
            guard left > 0, poll(&wait, 1, Int32(left)) > 0 else { return false }
        }
    }

    private static func reason() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let text = ERR_reason_error_string(code) else { return "OpenSSL does not take it" }
        return String(cString: text)
    }
}

/// Carries bytes both ways between one TLS connection and one plain one.
private struct TLSPump {
    private let ssl: OpaquePointer
    private let outside: Int32, inside: Int32
    private let idle: Int32
    private var fromClient: [UInt8] = [], toClient: [UInt8] = []
    private var clientEnded = false
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    init(_ ssl: OpaquePointer, _ outside: Int32, _ inside: Int32, idle: Int32) {
        self.ssl = ssl
        self.outside = outside
        self.inside = inside
        self.idle = idle
    }

    private enum Turn {
        case moved, ended
        case waits(outside: Int32, inside: Int32)
    }

    mutating func run() {
        while true {
            let turns = [readClient(), writeServer(), readServer(), writeClient()]
            var (out, within, moved) = (Int32(0), Int32(0), false)
            for turn in turns {
                switch turn {
                case .moved: moved = true
                case .ended: return
                case .waits(let one, let other):
                    out |= one
                    within |= other
                }
            }
            if moved { continue }
            var waits = [
                pollfd(fd: outside, events: Int16(out), revents: 0),
                pollfd(fd: inside, events: Int16(within), revents: 0),
            ]
            guard poll(&waits, 2, idle) > 0 else { return }
        }
    }

    private mutating func readClient() -> Turn {
        guard fromClient.isEmpty, !clientEnded else { return .waits(outside: 0, inside: 0) }
        let count = SSL_read(ssl, &buffer, Int32(buffer.count))
        if count > 0 {
            fromClient = Array(buffer[..<Int(count)])
            return .moved
        }
        let turn = waiting(count)
        if case .ended = turn {
            // It may still read what it asked for.
            clientEnded = true
            shutdown(inside, Int32(SHUT_WR))
            return .moved
        }
        return turn
    }

    private mutating func writeServer() -> Turn {
        guard !fromClient.isEmpty else { return .waits(outside: 0, inside: 0) }
        let count = send(inside, fromClient, fromClient.count, Int32(MSG_NOSIGNAL))
        if count > 0 {
            fromClient.removeFirst(count)
            return .moved
        }
        return errno == EAGAIN || errno == EINTR ? .waits(outside: 0, inside: POLLOUT) : .ended
    }

    private mutating func readServer() -> Turn {
        guard toClient.isEmpty else { return .waits(outside: 0, inside: 0) }
        let count = recv(inside, &buffer, buffer.count, 0)
        if count > 0 {
            toClient = Array(buffer[..<count])
            return .moved
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return .waits(outside: 0, inside: POLLIN) }
        SSL_shutdown(ssl)
        return .ended
    }

    private mutating func writeClient() -> Turn {
        guard !toClient.isEmpty else { return .waits(outside: 0, inside: 0) }
        let count = SSL_write(ssl, toClient, Int32(toClient.count))
        if count > 0 {
            toClient.removeFirst(Int(count))
            return .moved
        }
        return waiting(count)
    }

    private func waiting(_ count: Int32) -> Turn {
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ: return .waits(outside: POLLIN, inside: 0)
        case SSL_ERROR_WANT_WRITE: return .waits(outside: POLLOUT, inside: 0)
        default:
            ERR_clear_error()
            return .ended
        }
    }
}
