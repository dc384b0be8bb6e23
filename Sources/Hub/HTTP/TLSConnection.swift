internal import CSSL
internal import Glibc
internal import Platform

/// One client: TLS outside, plain bytes to and from the server inside.
///
/// It never waits, and is one thread's own.
final class TLSConnection {
    /// One that does not shake hands for so long, or does not take its answer for so long, is closed; one that is silent is the
    /// server's to close.
    private static let handshakeTime = Duration.seconds(10), takingTime = Duration.seconds(90)
    /// How much it may move before others have their turn, in pieces.
    private static let turn = 32

    enum Progress {
        /// It goes on when one of its descriptors says so.
        case waits
        /// It could go on at once.
        case hurries
        case ended
    }

    private enum Step {
        case moved, waits, ended
    }

    let number: UInt64
    private let outside: Descriptor
    private var inside: OpenFile?
    private let ssl: OpaquePointer
    private let address: sockaddr_storage, length: socklen_t
    private var fromClient: [UInt8] = [], toClient: [UInt8] = []
    /// It sends no more.
    private var clientEnded = false
    /// Nobody is there to take an answer.
    var isDeserted = false
    private var deadline: ContinuousClock.Instant? = .now + handshakeTime

    init?(
        _ number: UInt64, _ outside: consuming Descriptor, _ context: OpaquePointer, _ address: sockaddr_storage,
        _ length: socklen_t
    ) {
        guard let ssl = SSL_new(context) else { return nil }
        self.ssl = ssl
        self.number = number
        self.outside = outside
        self.address = address
        self.length = length
        guard SSL_set_fd(ssl, self.outside.number) == 1 else { return nil }
    }

    deinit { SSL_free(ssl) }

    func isOverdue(_ now: ContinuousClock.Instant) -> Bool { deadline.map { now > $0 } ?? false }

    func withAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = address
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Moves what can be moved; `open` makes the plain side once hands are shaken.
    func advance(
        _ buffer: inout [UInt8], _ open: (TLSConnection) -> Descriptor?
    ) -> Progress {
        if inside == nil {
            switch shakeHands() {
            case .ended: return .ended
            case .waits: return isDeserted ? .ended : .waits
            case .moved:
                guard let plain = open(self) else { return .ended }
                inside = OpenFile(plain)
                deadline = nil
            }
        }
        for _ in 0..<Self.turn {
            var moved = false
            for step in [readClient(&buffer), writeServer(), readServer(&buffer), writeClient()] {
                switch step {
                case .ended: return .ended
                case .moved: moved = true
                case .waits: break
                }
            }
            if !moved { return isDeserted && clientEnded ? .ended : .waits }
        }
        return .hurries
    }

    private func shakeHands() -> Step {
        let code = SSL_accept(ssl)
        return code == 1 ? .moved : waiting(code)
    }

    private func readClient(_ buffer: inout [UInt8]) -> Step {
        guard fromClient.isEmpty, !clientEnded, let inside else { return .waits }
        let count = SSL_read(ssl, &buffer, Int32(buffer.count))
        if count > 0 {
            fromClient = Array(buffer[..<Int(count)])
            return .moved
        }
        guard case .ended = waiting(count) else { return .waits }
        // If it said so, it may still read what it asked for; if not, OpenSSL's alert finds out whether it is there.
        clientEnded = true
        shutdown(inside.descriptor.number, Int32(SHUT_WR))
        return .moved
    }

    private func writeServer() -> Step {
        guard !fromClient.isEmpty, let inside else { return .waits }
        let count = send(inside.descriptor.number, fromClient, fromClient.count, Int32(MSG_NOSIGNAL))
        if count > 0 {
            fromClient.removeFirst(count)
            return .moved
        }
        if errno == EAGAIN || errno == EINTR { return .waits }
        // The server wants no more; its answer may still be there to read.
        (fromClient, clientEnded) = ([], true)
        return .moved
    }

    private func readServer(_ buffer: inout [UInt8]) -> Step {
        guard toClient.isEmpty, let inside else { return .waits }
        let count = recv(inside.descriptor.number, &buffer, buffer.count, 0)
        if count > 0 {
            toClient = Array(buffer[..<count])
            deadline = .now + Self.takingTime
            return .moved
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return .waits }
        SSL_shutdown(ssl)
        ERR_clear_error()
        return .ended
    }

    private func writeClient() -> Step {
        guard !toClient.isEmpty else { return .waits }
        let count = SSL_write(ssl, toClient, Int32(toClient.count))
        if count > 0 {
            toClient.removeFirst(Int(count))
            deadline = toClient.isEmpty ? nil : .now + Self.takingTime
            return .moved
        }
        return waiting(count)
    }

    private func waiting(_ count: Int32) -> Step {
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waits
        default:
            ERR_clear_error()
            return .ended
        }
    }
}
