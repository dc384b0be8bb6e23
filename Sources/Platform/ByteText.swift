// Text that a machine reads, looked at byte by byte or scalar by scalar.
//
// To Swift a character is what a person sees: a slash with a combining mark behind it is no slash, CR LF are one
// character, and two spellings of `é` are equal. The kernel, a shell, systemd and HTTP see bytes.

extension StringProtocol {
    /// Both hold the same bytes; `==` only asks whether they look alike.
    @inlinable public func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Its first bytes are these.
    public func hasFirstBytes(_ prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Its last bytes are these.
    public func hasLastBytes(_ suffix: some StringProtocol) -> Bool {
        utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    /// ASCII letters and digits and these others, and nothing else.
    public func isAlphanumeric(or others: String = "") -> Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: others.utf8.contains(byte)
            }
        }
    }

    /// One or more ASCII digits, and nothing else.
    public var isDecimal: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }

    /// The text with control characters other than tabs and line's ends written as `\u{1b}`: on a terminal they would act.
    public var withControlsShown: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            if isControl {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The text with some unicode scalars written in another way, whatever follows them.
    public func escaping(_ escapes: [Unicode.Scalar: String]) -> String {
        unicodeScalars.reduce(into: "") { text, scalar in
            if let escaped = escapes[scalar] { text += escaped } else { text.unicodeScalars.append(scalar) }
        }
    }
}

extension Substring {
    /// What stands between the separators, which are one ASCII character each.
    public func parts(
        at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = false
    ) -> [Substring] {
        utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty
        ).map { Substring($0) }
    }
}

extension String {
    /// What stands between the separators, which are one ASCII character each.
    public func parts(
        at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = false
    ) -> [Substring] {
        self[...].parts(at: separator, maxSplits: maxSplits, omittingEmpty: omittingEmpty)
    }

    /// Its lines, each without its LF or CR LF; a text that ends with a line's end has no empty one behind it.
    public var byteLines: [Substring] {
        var lines = parts(at: "\n")
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.utf8.last == UInt8(ascii: "\r") ? Substring($0.utf8.dropLast()) : $0 }
    }

    /// The text with every occurrence of some bytes replaced.
    public func replacingBytes(_ bytes: some StringProtocol, with other: String) -> String {
        let needle = Array(bytes.utf8)
        guard !needle.isEmpty else { return self }
        return String(decoding: Array(utf8).replacing(needle, with: Array(other.utf8)), as: UTF8.self)
    }
}
