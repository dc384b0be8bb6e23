extension JSONParser {
    mutating func parseArray() -> JSONValue.Kind {
        let start = at
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat { elements.append(parseValue()) } while parseSeparator(closing: UInt8(ascii: "]"), openedAt: start)
        return .array(elements)
    }

    mutating func parseObject() -> JSONValue.Kind {
        let start = at
        at += 1
        var members: [JSONMember] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            guard let member = parseMember() else { break }
            members.append(member)
        } while parseSeparator(closing: UInt8(ascii: "}"), openedAt: start)
        return .object(members)
    }

    private mutating func parseMember() -> JSONMember? {
        skipSpace()
        let start = at
        let name: String?
        switch next {
        case UInt8(ascii: "\""): name = parseString()
        case UInt8(ascii: "'"): name = parseSingleQuoted()
        case let byte? where Self.wordBytes.contains(byte):
            report(start, "expected a field name in double quotes")
            name = takeWord()
        default:
            stop(start, "expected a field name in double quotes, found \(found)")
            return nil
        }
        skipSpace()
        if !take(UInt8(ascii: ":")) {
            report(at, "expected \":\" after the field name, found \(found)")
            guard take(UInt8(ascii: "=")) || startsValue else {
                giveUp()
                return nil
            }
        }
        let value = parseValue()
        return name.map { JSONMember(name: $0, offset: start, value: value) }
            ?? JSONMember(name: "", offset: start, value: JSONValue(kind: .invalid, offset: start))
    }

    /// Reads a comma (true: another one follows) or the closing bracket (false: this was the last).
    private mutating func parseSeparator(closing: UInt8, openedAt start: Int) -> Bool {
        guard !hasStopped else { return false }
        skipSpace()
        if take(closing) { return false }
        let comma = at
        if take(UInt8(ascii: ",")) {
            skipSpace()
            guard take(closing) else { return true }
            report(comma, "a comma stands before the closing \(Quoting.quote(String(UnicodeScalar(closing))))")
            return false
        }
        let bracket = Quoting.quote(String(UnicodeScalar(closing)))
        guard next != nil else {
            let line = findings.text.position(of: start).line
            stop(at, "expected \(bracket) to close what was opened on line \(line), found the end of the file")
            return false
        }
        report(at, "expected \",\" or \(bracket), found \(found)")
        // Most likely a comma was forgotten; with anything else nobody can tell what was meant.
        if !startsValue { giveUp() }
        return startsValue
    }

    private var startsValue: Bool {
        guard let next else { return false }
        return Self.wordBytes.contains(next) || Self.openingBytes.contains(next)
    }
}
