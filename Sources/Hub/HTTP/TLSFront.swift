internal import CSSL
internal import Glibc
internal import Platform

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
    private let isStopped = StopFlag()

    /// Reads certificate and key (PEM); nothing is accepted before ``start(_:)``.
    init(on socket: consuming ListenSocket, certificate: String, key: String) throws(HubError) {
        guard let made = SSL_CTX_new(TLS_server_method()) else {
            throw .badCertificate(path: certificate, reason: Self.reason())
        }
        context = Context(pointer: made)
        self.socket = OpenFile(Descriptor(owning: socket.surrender()))
        ssl_at_least_1_2(made)
        ssl_set_modes(made)
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
                let loop = try TLSLoop.Setup(listener: listener)
                startThread { [self] in
                    // A reference to the front, whose socket and context it uses.
                    var loop = TLSLoop(loop, context, most: Self.mostConnections / Self.threads, isStopped, connect)
                    withExtendedLifetime(self) { loop.run() }
                }
            }
        } catch { throw .system(error) }
    }

    /// Takes no more; connections that are there go on until the server ends them.
    func stop() {
        isStopped.set()
        shutdown(socket.descriptor.number, Int32(SHUT_RDWR))
    }

    /// Each takes three descriptors; a quarter of all is for what is no connection.
    private static var mostConnections: Int { OpenFiles.raiseLimit() / 4 }

    private static func reason() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let text = ERR_reason_error_string(code) else { return "OpenSSL does not take it" }
        return String(cString: text)
    }
}
