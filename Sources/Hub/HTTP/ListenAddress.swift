internal import Glibc
internal import Platform

/// Where to listen: `127.0.0.1:8002`, `[::1]:8002`, `localhost:0`; port 0 lets the kernel choose.
public struct ListenAddress: Sendable, Equatable {
    /// The contract's default.
    public static let standard = ListenAddress(host: "127.0.0.1", port: 8002)

    /// `UPLOAD_SERVICE_HOST` and `UPLOAD_SERVICE_PORT`, each the standard's unless it is set.
    public static func ofEnvironment() throws(HubError) -> ListenAddress {
        let host = ProcessStart.environment("UPLOAD_SERVICE_HOST") ?? standard.host
        let port = ProcessStart.environment("UPLOAD_SERVICE_PORT") ?? "\(standard.port)"
        return try ListenAddress(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)")
    }

    let host: String
    let port: UInt16
    /// TLS is spoken there.
    var isSecure = false

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads numbers only (and `localhost`): a name that resolves to somewhere else some day would open the hub to others.
    public init(_ text: String) throws(HubError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .badListenAddress(text)
        }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard Self.isNumber(host) else { throw .badListenAddress(text) }
        self.init(host: host, port: port)
    }

    /// An address of version 4 or 6, without brackets, and no name.
    static func isNumber(_ text: String) -> Bool {
        var four = in_addr(), six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    /// `host:port` as a URL has it.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    func with(port: UInt16) -> ListenAddress { ListenAddress(host: host, port: port) }

    /// The address that an open socket has.
    init?(of socket: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST)), port = [CChar](repeating: 0, count: 16)
        let code = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(socket, address, &length) == 0
                    ? getnameinfo(
                        address, length, &text, socklen_t(text.count), &port, socklen_t(port.count),
                        NI_NUMERICHOST | NI_NUMERICSERV)
                    : -1
            }
        }
        let name = { (bytes: [CChar]) in
            String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        guard code == 0, let number = UInt16(name(port)) else { return nil }
        self.init(host: name(text), port: number)
    }
}
