/// The text of hosts(5), and the one line in it by which a host finds itself under its own name.
public struct HostsText: Sendable {
    private let lines: [String]
    private static let mark = "# host-bootstrap's \"hostname\""

    /// Takes the file's text.
    public init(_ text: String) { lines = text.byteLines.map(String.init) }

    /// A line gives this name an address.
    public func names(_ name: String) -> Bool {
        lines.contains { line in
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            return words.dropFirst().contains { $0.hasSameBytes(as: name) }
        }
    }

    /// The same with a line of ours for this name, at the address that Debian keeps for it; nil: with none.
    ///
    /// No line is added for a name that another has already.
    public func naming(_ name: String?) -> String {
        let others = HostsText(lines.filter { !$0.hasSuffix(Self.mark) })
        let own = name.flatMap { others.names($0) ? nil : "127.0.1.1 \($0) \(Self.mark)" }
        return (others.lines + [own].compactMap(\.self)).map { "\($0)\n" }.joined()
    }

    private init(_ lines: [String]) { self.lines = lines }
}
