internal import CSSL
internal import Glibc
internal import Platform
internal import Synchronization

/// Takes TLS connections and hands what they carry to the HTTP server, by a few threads with an event loop each.
///
/// libmicrohttpd's own TLS needs GnuTLS, which cannot be linked statically.
final class TLSFront: Sendable {
    /// Hands a plain connection to the server, which closes it, with the address of the client.
    typealias Connect = @Sendable (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool

    private static let threads = 2

    struct Context: @unchecked Sendable {
        // @unchecked: OpenSSL counts references to it, and any thread may make connections of it.
        let pointer: OpaquePointer
    }

    private let context: Context
    private let socket: OpenFile
    /// Written to when it is time to stop; the listening socket is left as it is, since it may be systemd's to go on with.
    private let bell: Pipe
    private let load: Load

    /// How many connections there are, in all loops together, and of each address.
    ///
    /// Counted from the first byte: the server behind counts those alone whose handshake is done.
    final class Load: Sendable {
        private let state = Mutex((count: 0, addresses: [[UInt8]: Int]()))
        private let most: Int, perAddress: Int

        /// One address never has more than half of all.
        init(most: Int, perAddress: Int) {
            self.most = most
            self.perAddress = min(perAddress, max(1, most / 2))
        }

        var current: Int { state.withLock { $0.count } }

        /// Whether one more is taken; an address that is empty is not counted by itself.
        func enter(_ address: [UInt8]) -> Bool {
            state.withLock { state in
                guard state.count < most, address.isEmpty || state.addresses[address] ?? 0 < perAddress else {
                    return false
                }
                state.count += 1
                if !address.isEmpty { state.addresses[address, default: 0] += 1 }
                return true
            }
        }

        func leave(_ address: [UInt8]) {
            state.withLock { state in
                state.count -= 1
                guard let count = state.addresses[address] else { return }
                state.addresses[address] = count > 1 ? count - 1 : nil
            }
        }
    }

    /// Reads certificate and key (PEM); nothing is accepted before ``start(_:)``.
    init(
        on socket: consuming ListenSocket, certificate: String, key: String, perAddress: Int
    ) throws(HubError) {
        load = Load(most: Self.mostConnections, perAddress: perAddress)
        guard let made = SSL_CTX_new(TLS_server_method()) else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        context = Context(pointer: made)
        self.socket = OpenFile(Descriptor(owning: socket.surrender()))
        ssl_at_least_1_2(made)
        // Of TLS 1.2 only what keeps past traffic closed when the key is lost, and no cipher that padding gave away.
        guard SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        ssl_set_modes(made)
        do throws(SystemCallError) { bell = try Pipe() } catch { throw .system(error) }
        guard SSL_CTX_use_certificate_chain_file(made, certificate) == 1 else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        guard SSL_CTX_use_PrivateKey_file(made, key, SSL_FILETYPE_PEM) == 1, SSL_CTX_check_private_key(made) == 1 else {
            throw .badCertificate(path: key, reason: Self.reason())
        }
    }

    deinit { SSL_CTX_free(context.pointer) }

    /// Accepts from now on.
    func start(_ connect: @escaping Connect) throws(HubError) {
        let listener = socket.descriptor.number
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        do throws(SystemCallError) {
            for _ in 0..<Self.threads {
                let setup = try TLSLoop.Setup(listener: listener, bell: bell.reading.number)
                startThread { [self] in
                    var loop = TLSLoop(setup, context, load, connect)
                    // Its sockets and its context are the front's.
                    withExtendedLifetime(self) { loop.run() }
                }
            }
        } catch { throw .system(error) }
    }

    /// Takes no more; connections that are there go on until the server ends them.
    func stop() { try? bell.writing.write([0], path: "TLS") }

    /// All that the server answered is with the clients.
    var isIdle: Bool { load.current == 0 }

    /// Each takes three descriptors; a quarter of all is for what is no connection.
    private static var mostConnections: Int { OpenFiles.raiseLimit() / 4 }

    private static func reason() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let text = ERR_reason_error_string(code) else { return "OpenSSL does not take it" }
        return String(cString: text)
    }
}
