extension WebAddress {
    /// RFC 3986's characters without `#`: what a fragment names is of no use to a transfer.
    static let characters = ByteSet("A-Za-z0-9._~:/?@!$&'()*+,;=%[]-")

    /// Every `%` is followed by two hexadecimal digits, which are not those of NUL.
    static func hasGoodEscapes(_ text: String) -> Bool {
        var rest = text.utf8[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            rest = rest[rest.index(after: percent)...]
            let digits = Array(rest.prefix(2))
            guard digits.count == 2, digits.allSatisfy(ByteSet.hexDigits.contains) else { return false }
            if digits == [0x30, 0x30] { return false }
        }
        return true
    }

    /// Host and port of `[USER@]HOST[:PORT]`.
    static func split(_ authority: Substring) throws(WebAddressError) -> (String, Int?) {
        let user = authority.lastIndex(of: "@").map { authority[..<$0] }
        if let user, user.isEmpty || user.contains(where: { "@[]".contains($0) }) { throw .malformed }
        let place = user.map { authority.dropFirst($0.count + 1) } ?? authority
        let host: Substring
        let rest: Substring
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { throw .malformed }
            host = place[place.index(after: place.startIndex)..<end]
            rest = place[place.index(after: end)...]
            guard ByteSet("0-9A-Fa-f:.").covers(host), host.contains(":") else { throw .malformed }
        } else {
            host = place.prefix { $0 != ":" }
            rest = place.dropFirst(host.count)
            guard isHostName(host) else { throw .malformed }
        }
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = Int(port: rest.dropFirst()) else { throw .malformed }
        return (String(host), port)
    }

    /// Labels of letters, digits, `-` and `_`, the last of which may be empty; addresses are of this form, too.
    static func isHostName(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        let labels = (host.hasSuffix(".") ? host.dropLast() : host).split(
            separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy {
            (1...63).contains($0.utf8.count) && ByteSet.label.covers($0) && !$0.hasPrefix("-")
                && !$0.hasSuffix("-")
        }
    }

    /// `localhost`, 127.0.0.0/8 in four plain decimal numbers, or `::1`: other spellings may mean other hosts.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
        return parts.count == 4 && numbers.count == 4 && numbers[0] == 127
    }
}

extension Int {
    /// Reads a port's number, 1 to 65535, without leading zeros.
    init?(port text: some StringProtocol) {
        guard (1...5).contains(text.utf8.count), ByteSet.digits.covers(text), !text.hasPrefix("0") else { return nil }
        guard let port = Int(text), port <= 65535 else { return nil }
        self = port
    }
}
