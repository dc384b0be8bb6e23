internal import Glibc

/// The proxies that the environment names, in curl(1)'s way, whichever program asks.
public struct ProxyEnvironment: Sendable {
    private let variable: @Sendable (String) -> String?

    /// Reads this process's environment, or what stands for it.
    public init(_ variable: @escaping @Sendable (String) -> String? = ProcessStart.environment) {
        self.variable = variable
    }

    /// The proxy through which to ask a host; nil: none.
    public func proxy(for scheme: String, host: String) throws(ProxyError) -> ProxyAddress? {
        try isExcepted(host) ? nil : proxy(for: scheme)
    }

    /// The proxy for `http` or `https` to hosts that are not excepted; nil: none.
    public func proxy(for scheme: String) throws(ProxyError) -> ProxyAddress? {
        // HTTP_PROXY is not read: a web server sets it to what a stranger sends as the header "Proxy".
        let own = scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        guard let (name, text) = first(own + ["all_proxy", "ALL_PROXY"]) else { return nil }
        return try ProxyAddress(text, variable: name)
    }

    /// The text of `no_proxy`.
    public var exceptions: String? { first(["no_proxy", "NO_PROXY"])?.text }

    /// Is the host to be asked directly? Names cover what is below them, addresses may have a prefix's length.
    public func isExcepted(_ host: String) -> Bool {
        let entries = (exceptions ?? "").split { $0 == "," || $0.isWhitespace }
        let host = Self.withoutDot(host.lowercased()[...])
        let address = IPAddress(host)
        return entries.contains { entry in
            if entry == "*" { return true }
            if let address { return address.isIn(entry) }
            let name = Self.withoutDot(entry.lowercased()[...].drop { $0 == "." })
            return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
        }
    }

    private static func withoutDot(_ name: Substring) -> Substring { name.hasSuffix(".") ? name.dropLast() : name }

    /// An empty variable is none.
    private func first(_ names: [String]) -> (name: String, text: String)? {
        for name in names {
            if let text = variable(name), !text.isEmpty { return (name, text) }
        }
        return nil
    }
}

/// The bytes of an IPv4 or IPv6 address.
private struct IPAddress {
    let bytes: [UInt8]

    init?(_ text: Substring) {
        var bytes = [UInt8](repeating: 0, count: 16)
        let bare = String(text.drop { $0 == "[" }.prefix { $0 != "]" })
        if inet_pton(AF_INET, bare, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, bare, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// `ADDRESS` or `ADDRESS/BITS`.
    func isIn(_ network: Substring) -> Bool {
        let parts = network.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let other = IPAddress(first), other.bytes.count == bytes.count else {
            return false
        }
        guard let bits = parts.count == 1 ? bytes.count * 8 : Int(parts[1]), (0...bytes.count * 8).contains(bits) else {
            return false
        }
        return (0..<bits).allSatisfy { (bytes[$0 / 8] ^ other.bytes[$0 / 8]) & (0x80 >> UInt8($0 % 8)) == 0 }
    }
}
