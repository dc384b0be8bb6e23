internal import CMicroHTTPD
internal import Glibc

/// An address of version 4 or 6, without a port; one of version 4 that came in the other's form is of version 4.
struct PeerAddress: Sendable, Hashable {
    /// 4 or 16.
    let bytes: [UInt8]

    /// Takes a number, without brackets; nil for anything else.
    init?(_ text: some StringProtocol) {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, String(text), &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, String(text), &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    /// Of an open connection; nil when it is no IP's.
    init?(_ address: UnsafePointer<sockaddr>) {
        let family = Int32(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        let bytes = UnsafeRawBufferPointer(start: address, count: size)
        self.init(bytes: Array(family == AF_INET ? bytes[4..<8] : bytes[8..<24]))
    }

    private init(bytes: [UInt8]) {
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255]
        self.bytes = bytes.count == 16 && Array(bytes[..<12]) == mapped ? Array(bytes[12...]) : bytes
    }

    var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var bytes = bytes
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, &bytes, &text, socklen_t(text.count)) != nil else {
            return ""
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whom attempts are counted for: who has one address of version 6 has the network's 64 bits.
    var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes[..<8]) }
}
