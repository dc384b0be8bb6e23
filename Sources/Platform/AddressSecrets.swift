/// What addresses may hold that nobody is to see: user and password, and a signature in the query.
///
/// It reads any text, well formed or not, and hides rather too much than too little: a password may hold a raw `@`,
/// `/` or quote, of which each program makes something else.
public enum AddressSecrets {
    private static let mark = Array("‹secret›".utf8)

    /// The text with user and query of every address in it replaced.
    public static func hidden(in text: String) -> String {
        var rest = Array(text.utf8)[...]
        guard var start = schemeEnd(in: rest) else { return text }
        var result: [UInt8] = []
        while true {
            let end = rest[start...].firstIndex { $0 <= 0x20 || $0 == 0x7f } ?? rest.endIndex
            result += rest[..<start] + cleaned(rest[start..<end])
            rest = rest[end...]
            guard let next = schemeEnd(in: rest) else { break }
            start = next
        }
        return String(decoding: result + rest, as: UTF8.self)
    }

    /// All that follows `://`, up to a space.
    private static func cleaned(_ address: ArraySlice<UInt8>) -> [UInt8] {
        let at = address.lastIndex(of: UInt8(ascii: "@"))
        var result: [UInt8] = []
        var rest = address
        // One address may name another: https://cache.example/https://user@host/…, as often as a server likes.
        while true {
            let head = rest.prefix { !"/?#".utf8.contains($0) }
            if !isPlainHost(head), let at, at >= rest.startIndex { return result + mark + withoutQuery(rest[at...]) }
            guard let inner = schemeEnd(in: rest), !rest[..<inner].contains(UInt8(ascii: "?")) else {
                return result + withoutQuery(rest)
            }
            result += rest[..<inner]
            rest = rest[inner...]
        }
    }

    private static func withoutQuery(_ address: ArraySlice<UInt8>) -> [UInt8] {
        guard let question = address.firstIndex(of: UInt8(ascii: "?")), question + 1 < address.endIndex else {
            return Array(address)
        }
        return address[...question] + mark
    }

    private static func schemeEnd(in bytes: ArraySlice<UInt8>) -> Int? {
        var from = bytes.startIndex
        while let colon = bytes[from...].firstIndex(of: UInt8(ascii: ":")) {
            if bytes[colon...].starts(with: "://".utf8) { return colon + 3 }
            from = colon + 1
        }
        return nil
    }

    /// Nothing, or a full name or IPv6 address with no more than a port: an `@` behind it is part of the path.
    private static func isPlainHost(_ head: ArraySlice<UInt8>) -> Bool {
        let name: ArraySlice<UInt8>
        if head.first == UInt8(ascii: "["), let end = head.firstIndex(of: UInt8(ascii: "]")) {
            name = head[...end]
            guard name.dropFirst().dropLast().allSatisfy({ isHexDigit($0) || ":.".utf8.contains($0) }) else {
                return false
            }
        } else {
            name = head.prefix { $0 != UInt8(ascii: ":") }
            let isFull = name.contains(UInt8(ascii: ".")) || name.elementsEqual("localhost".utf8) || head.isEmpty
            guard isFull, name.allSatisfy({ isLetterOrDigit($0) || "._-".utf8.contains($0) }) else { return false }
        }
        let port = head[name.endIndex...]
        return port.isEmpty || port.count <= 6 && port.count > 1 && port.dropFirst().allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7a).contains(byte | 0x20) }
}
