internal import CMicroHTTPD
internal import Glibc
internal import Platform
internal import Synchronization

/// The certificate and key to speak TLS with, in PEM.
public struct TLSFiles: Sendable, Equatable {
    let certificate: String, key: String

    /// Names the two files; the certificate's has the whole chain.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// libmicrohttpd's daemon: an epoll loop in each of a few threads, on which the handler runs and may block.
final class HTTPServer: Sendable {
    /// The bounds that keep strangers from using the process up.
    struct Limits: Sendable {
        var threads: UInt32 = 4
        /// A quarter of the descriptors is for what is not a connection: files that are sent, uploads, the database.
        var connections = UInt32(clamping: OpenFiles.raiseLimit() / 4 * 3 - 100)
        /// A connection that is silent for so long is closed.
        var idleSeconds: UInt32 = 60
        /// Request line and headers, with what libmicrohttpd needs to answer.
        var memoryPerConnection = 32 << 10
        /// Four times what the deepest JSON that is read (512 levels) was seen to take; `ulimit -s` may say less.
        var stackPerThread = 8 << 20
        /// A report or upload.
        var bodyBytes = 1 << 20
        /// How long a request may take to come, and how many connections an address may have.
        var watch = ConnectionWatch.Limits()
    }

    /// libmicrohttpd's version, as it names itself.
    static var libraryVersion: String { String(cString: MHD_get_version()) }

    private let exchanges: HTTPExchanges
    private let watch: ConnectionWatch
    private let daemon: Mutex<OpaquePointer?>

    private let front: TLSFront?
    private let silence: OpenFile?

    /// Serves on a listening socket, which it takes over, until ``stop(patience:)``; with TLS if it is given a certificate.
    ///
    /// `refusal` is asked when a request's head is there, and sees no body.
    init(
        on socket: consuming ListenSocket, tls: TLSFiles? = nil, limits: Limits = Limits(), names: [String] = [],
        proxy: TrustedProxy? = nil, uploads: UploadSettings? = nil,
        onWarning: @escaping @Sendable (String) -> Void = { _ in },
        refusal: @escaping @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil },
        handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(HubError) {
        var bounds = limits.watch
        // Where few descriptors are to be had, an address gets half of them at most.
        bounds.perAddress = min(bounds.perAddress, max(1, Int(limits.connections) / 2))
        watch = ConnectionWatch(bounds)
        exchanges = HTTPExchanges(
            bodyLimit: limits.bodyBytes, uploads: uploads,
            gate: RequestFilter(names: names, isSecure: tls != nil, userHeader: proxy?.header),
            isSecure: tls != nil, failedTokens: FailedTokens(onWarning), proxy: proxy?.address, refusal: refusal,
            handler: handler)
        let address = socket.address.authority
        let number: Int32
        if let tls {
            front = try TLSFront(on: socket, certificate: tls.certificate, key: tls.key, perAddress: bounds.perAddress)
            // A pool of threads wants a socket to listen on: one on which nobody ever knocks.
            var pair: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, SocketKind.stream | SocketKind.closedOnExec, 0, &pair) == 0 else {
                throw .cannotListen(
                    address: address, reason: "there are no descriptors left",
                    hint: "raise the limit of open files (ulimit -n, LimitNOFILE=)")
            }
            silence = OpenFile(Descriptor(owning: pair[0]))
            number = pair[1]
        } else {
            (front, silence) = (nil, nil)
            number = socket.surrender()
        }
        var settings = microhttpd_settings(
            listen_socket: number, threads: limits.threads, connections: limits.connections,
            idle_seconds: limits.idleSeconds, memory_per_connection: limits.memoryPerConnection,
            stack_per_thread: limits.stackPerThread,
            handler: takeRequest, completed: endRequest, context: Unmanaged.passUnretained(exchanges).toOpaque(),
            admit: admitConnection, follow: followConnection, watch: Unmanaged.passUnretained(watch).toOpaque())
        guard let started = microhttpd_start(&settings) else {
            throw .cannotListen(
                address: address, reason: "the HTTP server did not start",
                hint: "see that there are memory, threads and open files to be had (free -m, ulimit -a), then try again"
            )
        }
        daemon = Mutex(started)
        watch.start()
        try front?.start { [daemon = Handle(self)] in daemon.hand($0, $1, $2) }
    }

    /// Takes no more connections, lets running requests end for as long as `patience`, then closes all.
    func stop(patience: Duration = .seconds(10)) async {
        front?.stop()
        exchanges.stop()
        let socket = daemon.withLock { daemon in daemon.map { MHD_quiesce_daemon($0) } ?? -1 }
        let deadline = ContinuousClock.now + patience
        while exchanges.running > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        // libmicrohttpd must not be stopped under a connection that waits; what is waited for has limits of its own.
        while exchanges.awaited > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        await onOwnThread { [daemon = Handle(self)] () throws(Never) in daemon.stop() }
        watch.end()
        // Not before: its threads take the socket out of their sets some time after they were told to, and abort if it is gone.
        if socket >= 0 { _ = Descriptor(owning: socket) }
        // What the server has written is not yet with clients that take it slowly.
        while let front, !front.isIdle, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private struct Handle: Sendable {
        let server: HTTPServer
        init(_ server: HTTPServer) { self.server = server }

        /// Hands a connection over, which is the server's from then on.
        func hand(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Bool {
            // Under the lock, so that nothing is handed to a server that is gone.
            let place = UInt(bitPattern: address)
            return server.daemon.withLock { daemon -> Bool in
                guard let running = daemon, let address = UnsafePointer<sockaddr>(bitPattern: place) else {
                    close(socket)
                    return false
                }
                return MHD_add_connection(running, socket, address, length) == .YES
            }
        }

        func stop() {
            server.daemon.withLock { daemon in
                if let running = daemon.take() { MHD_stop_daemon(running) }
            }
        }
    }
}
