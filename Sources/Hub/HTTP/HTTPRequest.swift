internal import Platform

/// One request, read to its end.
struct HTTPRequest: Sendable {
    /// In capitals, as sent.
    let method: String
    /// The path between its slashes, decoded; nil when it holds what no path of ours does.
    let path: [String]?
    /// By lower-case name; the first wins when one is sent twice.
    let headers: [String: String]
    /// Who asks is on this machine; what a proxy passed on may be anybody's.
    let isFromLoopback: Bool
    /// The connection is from this machine or the trusted proxy: what a proxy there adds is believed.
    let isBelieved: Bool
    /// The connection has the hub's own TLS.
    let isOverTLS: Bool
    /// Where the connection comes from; nil when that is no IP.
    let peer: PeerAddress?
    /// Nil when there was more than the server takes.
    let body: [UInt8]?
    /// The parameters after the question mark, decoded; the first wins.
    var query: [String: String] = [:]
    /// An upload, its file on the disk; nil for other requests, and for what is no form.
    var form: UploadForm?

    /// Who asks: what a proxy that is believed says of whom it passes on, else whose connection it is.
    var client: PeerAddress? {
        let passedOn = headers["x-forwarded-for"]?.parts(at: ",").last.flatMap { PeerAddress($0.filter { $0 != " " }) }
        return isBelieved ? passedOn ?? peer : peer
    }

    /// It left the client over TLS: the hub's own, or that of a proxy which is believed.
    var isSecure: Bool { isOverTLS || isBelieved && headers["x-forwarded-proto"]?.lowercased() == "https" }

    /// The token of `Authorization: Bearer TOKEN`, the scheme in any case (RFC 9110, 11.1).
    var bearerToken: String? {
        guard let words = headers["authorization"]?.parts(at: " ", omittingEmpty: true), words.count == 2,
            words[0].lowercased() == "bearer"
        else { return nil }
        return String(words[1])
    }
}

/// A path's parts, decoded one by one so that an encoded slash never becomes a separator.
enum RequestPath {
    /// Nil for what could leave a folder or cheat a log: `.`, `..`, empty parts, NUL, slashes in a part, bad UTF-8.
    static func parts(of path: String) -> [String]? {
        guard path.hasFirstBytes("/") else { return nil }
        if path.utf8.count == 1 { return [] }
        var parts: [String] = []
        for raw in path.parts(at: "/").dropFirst() {
            guard let part = decoded(raw), !part.isEmpty, part != ".", part != "..",
                !part.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") })
            else { return nil }
            parts.append(part)
        }
        return parts
    }

    /// A parameter's value, in which a plus is a space.
    static func decoded(parameter raw: String) -> String? {
        decoded(raw.escaping(["+": " "])[...])
    }

    private static func decoded(_ raw: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = raw.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        UInt8(exactly: Character(Unicode.Scalar(byte)).hexDigitValue ?? -1)
    }
}

extension HTTPRequest {
    /// Whoever asks has the very thing with this tag already, by `If-None-Match`; nil when that is not said.
    func has(_ tag: String) -> Bool? {
        headers["if-none-match"].map { tags in
            tags.split(separator: ",").contains { candidate in
                let candidate = candidate.drop { $0 == " " }.split(separator: " ").first ?? ""
                return candidate == "*" || candidate == tag || candidate == "W/\(tag)"
            }
        }
    }
}
