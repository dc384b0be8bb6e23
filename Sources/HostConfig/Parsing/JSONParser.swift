/// Reads RFC 8259 and nothing laxer, but goes on after the mistakes people make, to report them all at once.
///
/// It stops where it can no longer tell what was meant; `hasStopped` says so, and what was read until then stands.
struct JSONParser {
    /// Deeper nesting is refused: the config itself needs six levels.
    static let depthLimit = 32

    let bytes: [UInt8]
    let findings: Findings
    var at = 0
    private(set) var hasStopped = false
    private var depth = 0

    init(_ bytes: [UInt8], findings: Findings) {
        self.bytes = bytes
        self.findings = findings
    }

    /// Reads the one value that the file must be.
    mutating func parseDocument() -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            report(0, "the file starts with a byte order mark; save it as UTF-8 without one")
            at = 3
        } else if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            stop(0, "the file is UTF-16; save it as UTF-8")
            return JSONValue(kind: .invalid, offset: 0)
        }
        let value = parseValue()
        skipSpace()
        if !hasStopped && at < bytes.count { stop(at, "expected the end of the file, found \(found)") }
        return value
    }

    /// The byte to be read next; nil at the end.
    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// What stands there, for a diagnostic.
    var found: String {
        guard let next else { return "the end of the file" }
        guard next < 0x80 else { return "a character that is not ASCII" }
        return Quoting.quote(String(UnicodeScalar(next)))
    }

    func report(_ offset: Int, _ message: @autoclosure () -> String) {
        findings.add(.syntax, at: offset, path: "", message())
    }

    mutating func stop(_ offset: Int, _ message: String) {
        report(offset, message)
        giveUp()
    }

    /// Reads no further; a diagnostic says why already.
    mutating func giveUp() {
        hasStopped = true
        at = bytes.count
    }

    /// Reads over the byte if it is the one that comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    /// Reads over white space, and over comments, which are reported.
    mutating func skipSpace() {
        while let byte = next {
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: at += 1
            case UInt8(ascii: "/"), UInt8(ascii: "#"):
                guard skipComment() else { return }
            default: return
            }
        }
    }

    private mutating func skipComment() -> Bool {
        let rest = bytes[at...]
        guard bytes[at] == UInt8(ascii: "#") || rest.starts(with: "//".utf8) || rest.starts(with: "/*".utf8) else {
            return false
        }
        report(at, "JSON has no comments")
        if rest.starts(with: "/*".utf8) {
            at += 2
            while at < bytes.count && !bytes[at...].starts(with: "*/".utf8) { at += 1 }
            at = min(at + 2, bytes.count)
        } else {
            at = rest.firstIndex(of: 0x0a) ?? bytes.count
        }
        return true
    }

    mutating func parseValue() -> JSONValue {
        skipSpace()
        let start = at
        guard let byte = next else {
            stop(start, "expected a value, found the end of the file")
            return JSONValue(kind: .invalid, offset: start)
        }
        let kind: JSONValue.Kind =
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): parseNested()
            case UInt8(ascii: "\""): parseString().map { .string($0) } ?? .invalid
            case UInt8(ascii: "'"): skipSingleQuoted()
            default: parseWord()
            }
        return JSONValue(kind: kind, offset: start)
    }

    private mutating func skipSingleQuoted() -> JSONValue.Kind {
        _ = parseSingleQuoted()
        return .invalid
    }

    private mutating func parseNested() -> JSONValue.Kind {
        guard depth < Self.depthLimit else {
            findings.add(.tooDeep, at: at, path: "", "nested more than \(Self.depthLimit) levels deep")
            giveUp()
            return .invalid
        }
        depth += 1
        defer { depth -= 1 }
        return next == UInt8(ascii: "{") ? parseObject() : parseArray()
    }
}
