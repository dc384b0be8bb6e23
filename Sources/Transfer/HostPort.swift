internal import Glibc
internal import Platform

/// A port of a host, as in `db.example:5432` or `[2001:db8::1]:5432`.
public struct HostPort: Sendable, Equatable, CustomStringConvertible {
    /// The host's name or address, without brackets.
    public let host: String
    /// The port.
    public let port: UInt16
    /// As it was written.
    public let description: String

    /// Reads one; nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), text.utf8.count <= 300,
            let port = UInt16(text[text.index(after: colon)...]), port > 0, text.utf8[text.index(after: colon)] != 0x2b
        else { return nil }
        var host = String(text[..<colon])
        if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") {
            host = String(host.dropFirst().dropLast())
            guard InternetAddress(host) != nil, host.utf8.contains(UInt8(ascii: ":")) else { return nil }
        } else {
            guard !host.isEmpty, host.isAlphanumeric(or: "-._"), !host.hasPrefix("-") else { return nil }
        }
        (self.host, self.port, description) = (host, port, text)
    }

    /// Connects, and closes at once; nil when the port takes connections, else why not.
    ///
    /// Each of the host's addresses is tried, all of them within that time; cancelling the task ends it soon. The
    /// resolver's own time limits come on top.
    public func trouble(within time: Duration) async -> String? {
        let (host, port) = (host, port)
        let deadline = ContinuousClock.now + time
        return await onOwnStoppableThread { (stop) throws(Never) in
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, "\(port)", &hints, &list)
            guard code == 0, let list else { return "\(host) does not resolve: \(String(cString: gai_strerror(code)))" }
            defer { freeaddrinfo(list) }
            var last = "it has no address"
            var next: UnsafeMutablePointer<addrinfo>? = list
            while let address = next?.pointee {
                next = address.ai_next
                guard let trouble = Self.trouble(address, deadline, stop) else { return nil }
                last = trouble
            }
            return last
        }
    }

    private static func trouble(
        _ address: addrinfo, _ deadline: ContinuousClock.Instant, _ stop: StopFlag
    ) -> String? {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(address.ai_family, kind, 0)
        guard socket >= 0 else { return words(errno) }
        defer { close(socket) }
        if connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return nil }
        guard errno == EINPROGRESS else { return words(errno) }
        var waited = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        while poll(&waited, 1, 100) <= 0 {
            if stop.isSet { return "stopped" }
            if ContinuousClock.now >= deadline { return "no answer in time" }
        }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return words(errno) }
        return code == 0 ? nil : words(code)
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
