internal import CMicroHTTPD
internal import Platform
internal import Synchronization

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
    }

    /// libmicrohttpd's version, as it names itself.
    static var libraryVersion: String { String(cString: MHD_get_version()) }

    private let exchanges: HTTPExchanges
    private let daemon: Mutex<OpaquePointer?>

    /// Serves on a listening socket, which it takes over, until ``stop(patience:)``.
    init(
        on socket: consuming ListenSocket, limits: Limits = Limits(), uploads: UploadSettings? = nil,
        handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(HubError) {
        exchanges = HTTPExchanges(bodyLimit: limits.bodyBytes, uploads: uploads, handler: handler)
        let address = socket.address.authority
        var settings = microhttpd_settings(
            listen_socket: socket.surrender(), threads: limits.threads, connections: limits.connections,
            idle_seconds: limits.idleSeconds, memory_per_connection: limits.memoryPerConnection,
            stack_per_thread: limits.stackPerThread,
            handler: takeRequest, completed: endRequest, context: Unmanaged.passUnretained(exchanges).toOpaque())
        guard let started = microhttpd_start(&settings) else {
            throw .cannotListen(address: address, reason: "the HTTP server did not start")
        }
        daemon = Mutex(started)
    }

    /// Takes no more connections, lets running requests end for as long as `patience`, then closes all.
    func stop(patience: Duration = .seconds(10)) async {
        let socket = daemon.withLock { daemon in daemon.map { MHD_quiesce_daemon($0) } ?? -1 }
        if socket >= 0 { _ = Descriptor(owning: socket) }
        let deadline = ContinuousClock.now + patience
        while exchanges.running > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        // libmicrohttpd must not be stopped under a connection that waits; what is waited for has limits of its own.
        while exchanges.awaited > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        await onOwnThread { [daemon = Stopper(self)] () throws(Never) in daemon.run() }
    }

    private struct Stopper: Sendable {
        let server: HTTPServer
        init(_ server: HTTPServer) { self.server = server }
        func run() {
            server.daemon.withLock { daemon in
                if let running = daemon.take() { MHD_stop_daemon(running) }
            }
        }
    }
}
