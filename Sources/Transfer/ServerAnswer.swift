/// What a server sent, in short, for whoever finds that it is not what was asked for.
public struct ServerAnswer: Sendable, Equatable {
    /// What it looks like.
    public enum Kind: Sendable {
        /// No byte.
        case nothing
        /// A page: of a log-in, a portal, an error.
        case page
        /// What Git LFS keeps in place of a large file.
        case pointer
        /// Something else to read.
        case text
        /// None of these.
        case data
    }

    /// As much is kept of the body's beginning, in bytes.
    static let shown = 60

    private let status: Int?
    private let type: String?
    private let length: Int64?
    private let beginning: [UInt8]

    /// Keeps the head of an answer and what its body begins with.
    init(status: Int?, type: String?, length: Int64?, beginning: some Collection<UInt8>) {
        self.status = status
        self.type = type
        self.length = length
        self.beginning = Array(beginning.prefix(Self.shown))
    }

    init(_ status: Int, _ headers: [String: String], beginning: some Collection<UInt8>) {
        self.init(
            status: status == 0 ? nil : status, type: headers["content-type"],
            length: headers["content-length"].flatMap { Int64($0) }, beginning: beginning)
    }

    /// A text that came whole.
    public init(whole text: [UInt8]) {
        self.init(status: nil, type: nil, length: Int64(text.count), beginning: text)
    }

    /// What it looks like.
    public var kind: Kind {
        if beginning.isEmpty { return .nothing }
        if beginning.starts(with: "version https://git-lfs".utf8) { return .pointer }
        // A byte order mark may come before it.
        let first = beginning.first { !" \t\r\n".utf8.contains($0) && $0 < 0x80 }
        if beginning.contains(where: { $0 < 0x20 && !"\t\r\n".utf8.contains($0) || $0 == 0x7f }) { return .data }
        return first == UInt8(ascii: "<") ? .page : .text
    }

    /// Such as `text/html, 94 bytes, beginning "<!DOCTYPE html>"`.
    public var words: String {
        if beginning.isEmpty { return "no byte of content" + (status.map { " (status \($0))" } ?? "") }
        let size = length.map { "\($0) bytes" }
        let start = "beginning \"\(Self.escaped(beginning))\""
        return ([type.map(Self.escaped), size, start] as [String?]).compactMap { $0 }.joined(separator: ", ")
    }

    /// What to do about it.
    public var hint: String {
        switch kind {
        case .nothing: "has it been published there? look at the address with curl -v from this host"
        case .page, .text:
            "look at the address with curl -v from this host: is it a log-in, an error or a portal that answers there?"
        case .pointer: "that is a pointer of Git LFS: use the address of the file itself, or publish it elsewhere"
        case .data: "look at the address with curl -v from this host"
        }
    }

    private static func escaped(_ text: String) -> String { escaped(Array(text.utf8.prefix(100))) }

    private static func escaped(_ bytes: [UInt8]) -> String {
        // What is cut in the middle of a character, or is none, becomes U+FFFD.
        String(decoding: bytes, as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\"", "\\": text += "\\\(scalar)"
            default:
                let isPlain =
                    scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
                text += isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
    }
}
