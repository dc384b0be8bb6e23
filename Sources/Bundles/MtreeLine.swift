import Archives
import Digests
import Platform

/// One line of mtree(5): `./PATH type=file mode=0644 size=N time=SECONDS.NANOSECONDS sha256digest=HEX`.
///
/// Bytes that could end a word, or are no plain ASCII, are written as a backslash and three octal digits.
enum MtreeLine {
    static let signature = Array("#mtree\n".utf8)

    // MARK: Writing

    static func append(_ entry: UnpackedEntry, to line: inout [UInt8]) {
        line += "./".utf8
        escape(entry.path, to: &line)
        let mode = String(entry.mode, radix: 8)
        switch entry.kind {
        case .folder: line += " type=dir mode=0\(mode)".utf8
        case .link(let target):
            line += " type=link link=".utf8
            escape(target, to: &line)
        case .file(let size, let digest):
            line += " type=file mode=0\(mode) size=\(size) sha256digest=\(digest.hex)".utf8
            if let modified = entry.modified {
                // Rounded down, so that the nanoseconds count up from the second, before 1970 too.
                let seconds = modified >= 0 ? modified / 1_000_000_000 : (modified + 1) / 1_000_000_000 - 1
                let rest = String(modified - seconds * 1_000_000_000)
                line += " time=\(seconds).\(String(repeating: "0", count: 9 - rest.utf8.count))\(rest)".utf8
            }
        }
        line.append(UInt8(ascii: "\n"))
    }

    private static func escape(_ text: PathBytes, to line: inout [UInt8]) {
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "?"),
                UInt8(ascii: "["), 0...0x20, 0x7f...:
                line.append(UInt8(ascii: "\\"))
                for shift in [6, 3, 0] { line.append(UInt8(ascii: "0") + byte >> UInt8(shift) & 7) }
            default: line.append(byte)
            }
        }
    }

    // MARK: Reading

    /// Reads a line without its end; nil when it is none of what is written here.
    static func read(_ line: UnsafeRawBufferPointer) -> UnpackedEntry? {
        let words = line.split(separator: UInt8(ascii: " "))
        guard let name = words.first, name.starts(with: "./".utf8), let path = unescape(name.dropFirst(2)) else {
            return nil
        }
        var fields: [String: Slice<UnsafeRawBufferPointer>] = [:]
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            fields[text(word[..<equals])] = word[(equals + 1)...]
        }
        let mode = fields["mode"].flatMap { UInt32(text($0), radix: 8) }
        switch fields["type"].map(text) {
        case "dir": return mode.map { UnpackedEntry(path: path, kind: .folder, mode: $0) }
        case "link":
            return fields["link"].flatMap(unescape).map {
                UnpackedEntry(path: path, kind: .link(target: $0), mode: 0o777)
            }
        case "file":
            guard let mode, let size = fields["size"].flatMap({ Int64(text($0)) }),
                let digest = fields["sha256digest"].flatMap({ Digest(hex: text($0)) })
            else { return nil }
            var modified: Int64?
            if let time = fields["time"] {
                guard let known = nanoseconds(time) else { return nil }
                modified = known
            }
            return UnpackedEntry(path: path, kind: .file(size: size, digest: digest), mode: mode, modified: modified)
        default: return nil
        }
    }

    private static func nanoseconds(_ word: Slice<UnsafeRawBufferPointer>) -> Int64? {
        let parts = text(word).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), parts[1].utf8.count == 9, let rest = Int64(parts[1]),
            rest >= 0
        else { return nil }
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLarge ? nil : whole &+ rest
    }

    private static func unescape(_ word: Slice<UnsafeRawBufferPointer>) -> PathBytes? {
        guard word.contains(UInt8(ascii: "\\")) else { return PathBytes(word) }
        var bytes: [UInt8] = []
        var index = word.startIndex
        while index < word.endIndex {
            guard word[index] == UInt8(ascii: "\\") else {
                bytes.append(word[index])
                index += 1
                continue
            }
            guard index + 3 < word.endIndex, let byte = UInt8(text(word[index + 1...index + 3]), radix: 8) else {
                return nil
            }
            bytes.append(byte)
            index += 4
        }
        return PathBytes(bytes)
    }

    private static func text(_ word: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: word), as: UTF8.self)
    }
}
