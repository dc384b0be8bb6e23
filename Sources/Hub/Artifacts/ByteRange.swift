/// What a Range header asks of a file (RFC 9110, 14).
enum ByteRange: Equatable {
    /// The whole file: no header, one that is not understood, or several ranges at once, which a server may ignore.
    case whole
    /// A part, `length` at least 1.
    case part(offset: Int64, length: Int64)
    /// Nothing of the file lies in the range.
    case unsatisfiable

    static func asked(_ header: String?, size: Int64) -> ByteRange {
        guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
        let range = header.dropFirst(6).filter { $0 != " " && $0 != "\t" }
        let ends = range.split(separator: "-", omittingEmptySubsequences: false)
        guard !range.contains(","), ends.count == 2 else { return .whole }
        switch (position(ends[0]), position(ends[1])) {
        case (.number(let first), .number(let last)):
            guard first <= last else { return .whole }
            return first < size ? .part(offset: first, length: min(last, size - 1) - first + 1) : .unsatisfiable
        case (.number(let first), .absent):
            return first < size ? .part(offset: first, length: size - first) : .unsatisfiable
        case (.absent, .number(let suffix)):
            let length = min(suffix, size)
            return length > 0 ? .part(offset: size - length, length: length) : .unsatisfiable
        default: return .whole
        }
    }

    private enum Position {
        case absent, number(Int64), malformed
    }

    /// A number too large for any file counts as the largest.
    private static func position(_ digits: Substring.SubSequence) -> Position {
        if digits.isEmpty { return .absent }
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return .malformed
        }
        return .number(Int64(digits) ?? .max)
    }
}
