internal import Glibc
internal import Platform

/// Looks at a request's head before anything of its body is read: who sent a web page's script here, and who cheats about
/// where a request ends.
struct RequestFilter: Sendable {
    /// The names that this hub is called by, in lower case, without ports.
    private let names: Set<String>
    /// With TLS, a browser has seen that the certificate is for the name it asked.
    private let isSecure: Bool
    /// Headers that may come once: where a request ends, for whom it is, and who asks.
    private let single: [String]

    /// Takes the names besides those of this machine and of loopback, and the header in which a proxy tells who asks.
    init(names: [String], isSecure: Bool, userHeader: String? = nil) {
        single =
            ["host", "content-length", "transfer-encoding", "authorization", "origin"]
            + [userHeader].compactMap(\.self)
        self.names = Set(
            (names + ["localhost", "ip6-localhost"] + [Self.machineName].compactMap(\.self)).map(Self.plain))
        self.isSecure = isSecure
    }

    /// Why the request is not taken, and its connection ends; nil when it is.
    ///
    /// `repeated` are the names of headers that came more than once; `hasMalformed` says that one is no header.
    func refusal(
        _ method: String, _ path: [String]?, _ headers: [String: String], repeated: Set<String>,
        hasMalformed: Bool = false
    ) -> HTTPResponse? {
        if hasMalformed { return .refusal(400, "malformed", "a header's name or value holds what none may hold") }
        if let problem = ambiguity(headers, repeated) {
            return .refusal(400, "ambiguous", problem)
        }
        if let host = headers["host"], !isKnown(host), !isSecure, !Self.isForwarded(headers), !Self.isStub(path) {
            return .refusal(
                421, "unknown_name",
                "this hub is not called \(PathBytes(host).shown): serve --name \(PathBytes(Self.plain(host)).shown) lets it be"
            )
        }
        guard !["GET", "HEAD", "OPTIONS"].contains(method), Self.isForeign(headers) else { return nil }
        return .refusal(403, "foreign_origin", "a page of another origin may not write here")
    }

    /// A proxy passed it on, so that the connection's own address says nothing of who asks.
    static func isForwarded(_ headers: [String: String]) -> Bool {
        ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"].contains { headers[$0] != nil }
    }

    // MARK: Rules

    /// It says where the hub is by the name that it was asked for, and nothing that not everybody may know.
    private static func isStub(_ path: [String]?) -> Bool {
        path?.count == 3 && path?.first == "bootstrap" && path?.last == "stub.sh"
    }

    /// Where two readers could see different ends of a request, or different hosts (RFC 9112, 3.2 and 6.3).
    private func ambiguity(_ headers: [String: String], _ repeated: Set<String>) -> String? {
        for name in single where repeated.contains(name) { return "\(name) came more than once" }
        if headers["content-length"] != nil, headers["transfer-encoding"] != nil {
            return "a length and an encoding both say where it ends"
        }
        if let encoding = headers["transfer-encoding"], encoding.lowercased() != "chunked" {
            return "an encoding other than chunked does not say where it ends"
        }
        return headers["content-length"]?.isDecimal == false ? "the length is no number" : nil
    }

    /// An address cannot be made to mean another machine, as a name of somebody's own can (DNS rebinding).
    private func isKnown(_ host: String) -> Bool {
        let name = Self.plain(host)
        return names.contains(name) || name.hasSuffix(".localhost") || ListenAddress.isNumber(name)
    }

    /// A browser tells where a script comes from that sends this; programs that are no browsers say nothing.
    private static func isForeign(_ headers: [String: String]) -> Bool {
        if let site = headers["sec-fetch-site"], !["same-origin", "none"].contains(site.lowercased()) { return true }
        guard let origin = headers["origin"] else { return false }
        let authority = origin.parts(at: "/").last.map { $0.lowercased() }
        return origin.lowercased() == "null" || authority != headers["host"]?.lowercased()
    }

    /// Without port, brackets and the dot that ends a name, in lower case.
    private static func plain(_ host: String) -> String {
        var name = host[...]
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            name = name[name.index(after: name.startIndex)..<end]
        } else if let colon = name.lastIndex(of: ":"), name.filter({ $0 == ":" }).count == 1 {
            name = name[..<colon]
        }
        if name.hasSuffix(".") { name = name.dropLast() }
        return name.lowercased()
    }

    private static var machineName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
