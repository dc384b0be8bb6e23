public import Platform

/// The proxies for all that apt fetches; sudo hands no variables on, so root is told of them.
public struct AptProxies: Sendable, Equatable, Codable {
    private var http: String?
    private var https: String?
    /// As `no_proxy` has it, parted by commas alone, as apt reads it.
    private var exceptions: String?

    /// None.
    public init() {}

    /// Those of an environment; one that names no proxy is left out, for preflight tells of it.
    public init(_ environment: ProxyEnvironment) {
        // What is no name is no server's either.
        let names = (environment.exceptions ?? "").split { $0 == "," || $0.isWhitespace }
            .filter { $0.utf8.allSatisfy(Self.isInList) }
        if names.contains("*") { return }
        http = Self.forApt((try? environment.proxy(for: "http")) ?? nil)
        https = Self.forApt((try? environment.proxy(for: "https")) ?? nil)
        if http == nil, https == nil { return }
        // apt compares ends only: `.corp` is not `corp` to it, and loopback is asked through a proxy like all else.
        let bare = names.filter { $0.hasPrefix(".") }.map { $0.dropFirst() }
        exceptions = (names + bare + ["localhost", "127.0.0.1"]).joined(separator: ",")
    }

    /// As apt names it: of SOCKS it knows what lets the proxy resolve names, and no version 4.
    private static func forApt(_ proxy: ProxyAddress?) -> String? {
        guard let text = proxy?.text, !text.hasPrefix("socks4") else { return nil }
        let socks5 = "socks5://"
        return text.hasPrefix(socks5) ? "socks5h://\(text.dropFirst(socks5.count))" : text
    }

    /// The variables by which apt's methods take them, each checked.
    ///
    /// An empty one says "none": without it apt would ask https: servers through the proxy for http:.
    func variables() throws(PrivilegedError) -> [String: String] {
        var variables: [String: String] = [:]
        for (name, text) in [("http_proxy", http), ("https_proxy", https)] {
            do throws(ProxyError) {
                variables[name] = try text.map { (text) throws(ProxyError) in
                    try ProxyAddress(text, variable: name).text
                }
            } catch {
                throw .failed(error.explanation)
            }
        }
        if http != nil, https == nil { variables["https_proxy"] = "" }
        if let exceptions {
            guard exceptions.utf8.count <= 128 << 10, exceptions.utf8.allSatisfy(Self.isInList) else {
                throw .refused(
                    what: "is no list of hosts", place: "no_proxy",
                    hint: "give it names, addresses and networks with commas between, 128 KiB at most")
            }
            variables["no_proxy"] = exceptions
        }
        return variables
    }

    private static func isInList(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || ".,:*/_-[]".utf8.contains(byte)
    }
}

extension AptProxies: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for all: there may be passwords in it.
    public var description: String { "‹proxies›" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Has no children, so that dumps show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
