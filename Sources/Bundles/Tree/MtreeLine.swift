import Archives
import Digests
internal import Glibc
import Platform

/// One line of mtree(5): `./PATH type=file mode=0644 size=N time=SECONDS.NANOSECONDS sha256digest=HEX`.
///
/// Bytes that could end a word, or are no plain ASCII, are written as a backslash and three octal digits. There may be a
/// million lines: none of them becomes a `String` on its way in or out.
enum MtreeLine {
    static let signature = Array("#mtree\n".utf8)

    // MARK: Writing

    private static let start = Array("./".utf8)
    private static let folder = Array(" type=dir mode=0".utf8)
    private static let link = Array(" type=link link=".utf8)
    private static let file = Array(" type=file mode=0".utf8)
    private static let size = Array(" size=".utf8)
    private static let digest = Array(" sha256digest=".utf8)
    private static let time = Array(" time=".utf8)

    static func append(_ entry: UnpackedEntry, to line: inout [UInt8]) {
        line += start
        escape(entry.path, to: &line)
        switch entry.kind {
        case .folder:
            line += folder
            append(UInt64(entry.mode), radix: 8, to: &line)
        case .link(let target):
            line += link
            escape(target, to: &line)
        case .file(let length, let content):
            line += file
            append(UInt64(entry.mode), radix: 8, to: &line)
            line += size
            append(UInt64(clamping: length), to: &line)
            line += digest
            Hexadecimal.append(content.bytes, to: &line)
            if let modified = entry.modified { append(time: modified, to: &line) }
        }
        line.append(UInt8(ascii: "\n"))
    }

    private static func append(time nanoseconds: Int64, to line: inout [UInt8]) {
        // Rounded down, so that the nanoseconds count up from the second, before 1970 too.
        let seconds = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds + 1) / 1_000_000_000 - 1
        line += time
        if seconds < 0 { line.append(UInt8(ascii: "-")) }
        append(seconds.magnitude, to: &line)
        line.append(UInt8(ascii: "."))
        append(UInt64(nanoseconds - seconds * 1_000_000_000), digits: 9, to: &line)
    }

    private static func append(_ number: UInt64, radix: UInt64 = 10, digits: Int = 1, to line: inout [UInt8]) {
        let begin = line.count
        var rest = number
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % radix))
            rest /= radix
        } while rest > 0
        while line.count - begin < digits { line.append(UInt8(ascii: "0")) }
        line[begin...].reverse()
    }

    private static func escape(_ text: PathBytes, to line: inout [UInt8]) {
        guard text.bytes.contains(where: { !isPlain($0) }) else {
            line += text.bytes
            return
        }
        for byte in text.bytes {
            if isPlain(byte) {
                line.append(byte)
                continue
            }
            line.append(UInt8(ascii: "\\"))
            for shift in [6, 3, 0] { line.append(UInt8(ascii: "0") + byte >> UInt8(shift) & 7) }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "?"),
            UInt8(ascii: "["), 0...0x20, 0x7f...:
            false
        default: true
        }
    }

    // MARK: Reading

    private typealias Word = UnsafeRawBufferPointer

    /// What a line says beside its path; the last word on each counts.
    private struct Fields {
        var type: Word?, mode: Word?, size: Word?, digest: Word?, time: Word?, link: Word?
    }

    /// Reads a line without its end; nil when it is none of what is written here.
    static func read(_ line: UnsafeRawBufferPointer) -> UnpackedEntry? {
        var rest = line
        guard let name = nextWord(&rest), name.starts(with: start),
            let path = unescape(Word(rebasing: name[2...])), let fields = fields(&rest), let type = fields.type
        else { return nil }
        let mode = fields.mode.flatMap { number($0, radix: 8) }.flatMap { UInt32(exactly: $0) }
        switch String(decoding: type, as: UTF8.self) {
        case "dir": return mode.map { UnpackedEntry(path: path, kind: .folder, mode: $0) }
        case "link":
            return fields.link.flatMap(unescape).map {
                UnpackedEntry(path: path, kind: .link(target: $0), mode: 0o777)
            }
        case "file": return mode.flatMap { file(path, mode: $0, fields) }
        default: return nil
        }
    }

    private static func file(_ path: PathBytes, mode: UInt32, _ fields: Fields) -> UnpackedEntry? {
        guard let size = fields.size.flatMap({ number($0) }),
            let digest = fields.digest.flatMap({ Digest(hexDigits: $0) })
        else { return nil }
        guard let time = fields.time else {
            return UnpackedEntry(path: path, kind: .file(size: size, digest: digest), mode: mode)
        }
        guard let modified = nanoseconds(time) else { return nil }
        return UnpackedEntry(path: path, kind: .file(size: size, digest: digest), mode: mode, modified: modified)
    }

    private static func fields(_ rest: inout Word) -> Fields? {
        var fields = Fields()
        while let word = nextWord(&rest) {
            guard let sign = index(of: UInt8(ascii: "="), in: word) else { return nil }
            let name = Word(rebasing: word[..<sign]), value = Word(rebasing: word[(sign + 1)...])
            // Short enough to need no memory of its own. Compared as a StaticString by memcmp(3), 6.3.1's optimiser lost "time".
            switch String(decoding: name, as: UTF8.self) {
            case "type": fields.type = value
            case "mode": fields.mode = value
            case "size": fields.size = value
            case "sha256digest": fields.digest = value
            case "time": fields.time = value
            case "link": fields.link = value
            default: continue
            }
        }
        return fields
    }

    /// What stands between blanks; nil at the end.
    private static func nextWord(_ rest: inout Word) -> Word? {
        while rest.first == UInt8(ascii: " ") { rest = Word(rebasing: rest[1...]) }
        guard !rest.isEmpty else { return nil }
        let end = index(of: UInt8(ascii: " "), in: rest) ?? rest.count
        defer { rest = Word(rebasing: rest[end...]) }
        return Word(rebasing: rest[..<end])
    }

    private static func index(of byte: UInt8, in word: Word) -> Int? {
        guard let start = word.baseAddress, let found = memchr(start, Int32(byte), word.count) else { return nil }
        return UnsafeRawPointer(found) - start
    }

    /// Digits and nothing else; nil when they are too many, too.
    private static func number(_ word: Word, radix: Int64 = 10) -> Int64? {
        guard !word.isEmpty else { return nil }
        var number: Int64 = 0
        for byte in word {
            let digit = Int64(byte) - Int64(UInt8(ascii: "0"))
            guard digit >= 0, digit < radix else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: radix)
            let (sum, isTooLargeNow) = product.addingReportingOverflow(digit)
            if isTooLarge || isTooLargeNow { return nil }
            number = sum
        }
        return number
    }

    private static func nanoseconds(_ word: Word) -> Int64? {
        let isBefore = word.first == UInt8(ascii: "-"), digits = Word(rebasing: word[(isBefore ? 1 : 0)...])
        guard let point = index(of: UInt8(ascii: "."), in: digits), digits.count - point == 10,
            let seconds = number(Word(rebasing: digits[..<point])),
            let rest = number(Word(rebasing: digits[(point + 1)...]))
        else { return nil }
        let (whole, isTooLarge) = (isBefore ? -seconds : seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLarge ? nil : whole &+ rest
    }

    private static func unescape(_ word: Word) -> PathBytes? {
        guard index(of: UInt8(ascii: "\\"), in: word) != nil else { return PathBytes(word) }
        var bytes: [UInt8] = []
        var index = word.startIndex
        while index < word.endIndex {
            guard word[index] == UInt8(ascii: "\\") else {
                bytes.append(word[index])
                index += 1
                continue
            }
            guard index + 3 < word.endIndex,
                let byte = number(Word(rebasing: word[index + 1...index + 3]), radix: 8).flatMap({ UInt8(exactly: $0) })
            else { return nil }
            bytes.append(byte)
            index += 4
        }
        return PathBytes(bytes)
    }
}
