internal import Glibc

/// A machine's address in numbers, of IPv4 or IPv6.
public struct InternetAddress: Sendable, Equatable, CustomStringConvertible {
    /// As inet_ntop(3) writes it.
    public let description: String
    private let bytes: [UInt8]

    /// Reads one; nil for anything else.
    public init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            guard inet_pton(family, text, &bytes) == 1 else { continue }
            var words = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(family, bytes, &words, socklen_t(words.count)) != nil else { return nil }
            description = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            self.bytes = bytes
            return
        }
        return nil
    }

    /// Others than its own network's machines can reach it, by IANA's registries of special-purpose addresses (RFC 6890).
    public var isPublic: Bool {
        guard bytes.count == 4 else {
            // 2000::/3 is all that was given out; 2001:db8::/32 is for documents.
            return bytes[0] & 0xe0 == 0x20 && !bytes.starts(with: [0x20, 0x01, 0x0d, 0xb8])
        }
        return switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (192, 168, _), (224..., _, _): false
        case (100, 64..<128, _), (172, 16..<32, _), (198, 18..<20, _): false
        case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113): false
        default: true
        }
    }

    /// The address from which this machine reaches other networks, as its routes say; nil when it reaches none.
    ///
    /// Nothing is sent: a UDP socket is bound when it is connected.
    static func ofRoute() -> InternetAddress? {
        // Addresses that nobody has: RFC 5737, RFC 3849.
        source(of: "192.0.2.1", AF_INET) ?? source(of: "2001:db8::1", AF_INET6)
    }

    private static func source(of target: String, _ family: Int32) -> InternetAddress? {
        var specification = addrinfo()
        specification.ai_family = family
        specification.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        specification.ai_flags = AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(target, "9", &specification, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        guard connect(socket, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else { return nil }
        var own = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var words = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                getsockname(socket, own, &length) == 0
                    ? getnameinfo(own, length, &words, socklen_t(words.count), nil, 0, NI_NUMERICHOST) : -1
            }
        }
        guard code == 0 else { return nil }
        return InternetAddress(String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}
