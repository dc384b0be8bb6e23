internal import Platform

extension JSONReader {
    /// From so many names on, they are looked up and not compared one by one.
    private static let manyNames = 16

    /// Reads the opening bracket of an object; its members come from ``nextName()``.
    public mutating func beginObject() throws(JSONError) { try begin(UInt8(ascii: "{")) }

    /// Reads the opening bracket of an array; whether an element follows is told by ``nextElement()``.
    public mutating func beginArray() throws(JSONError) { try begin(UInt8(ascii: "[")) }

    private mutating func begin(_ bracket: UInt8) throws(JSONError) {
        try skipSpace()
        guard try next() == bracket else { throw try notThat() }
        _ = try enter(bracket)
    }

    /// True when another element of the innermost array follows; false when it ended.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try advance(closing: UInt8(ascii: "]"))
    }

    /// The name of the next member of the innermost object; nil when it ended.
    ///
    /// Its value is to be read before the next name. No name comes twice.
    public mutating func nextName() throws(JSONError) -> String? { try nextMember()?.name }

    // MARK: What else reads with it

    /// Reads an opening bracket; false when that is one level too many.
    mutating func enter(_ bracket: UInt8) throws(JSONError) -> Bool {
        guard open.count < Self.depthLimit else {
            try stop(.tooDeep, at: offset)
            return false
        }
        open.append(Container(isObject: bracket == UInt8(ascii: "{"), offset: offset, firstName: names.count))
        at += 1
        return true
    }

    mutating func leave() {
        if let container = open.popLast() { names.removeLast(names.count - container.firstName) }
    }

    mutating func advance(closing: UInt8) throws(JSONError) -> Bool {
        let innermost = open.count - 1
        let goesOn: Bool
        if open[innermost].count == 0 {
            try skipSpace()
            let isEmpty = try take(closing)
            goesOn = !isEmpty && !hasStopped
        } else {
            goesOn = try takeSeparator(closing: closing, openedAt: open[innermost].offset)
        }
        if goesOn { open[innermost].count += 1 } else { leave() }
        return goesOn
    }

    /// Reads a name and its colon; a name of nil was diagnosed, and its value is of no use.
    mutating func nextMember() throws(JSONError) -> (name: String?, offset: Int)? {
        guard try nextNameString() else { return nil }
        let (start, name) = (lastNameOffset, lastName)
        guard try takeColon() else {
            leave()
            return nil
        }
        return (name, start)
    }

    /// Reads a name, to be found in `lastName`; false when the object ended.
    mutating func nextNameString() throws(JSONError) -> Bool {
        guard try advance(closing: UInt8(ascii: "}")) else { return false }
        try skipSpace()
        lastNameOffset = offset
        guard try takeName() else {
            leave()
            return false
        }
        if let name = lastName {
            open[open.count - 1].name = name
            // Where it goes on after mistakes, they are told by who knows what the members are for.
            if !recovers, !isNew(name) { try report(.duplicateName(name), at: lastNameOffset) }
        }
        return true
    }

    /// Reads a name; false when nobody can tell what was meant.
    private mutating func takeName() throws(JSONError) -> Bool {
        switch try next() {
        case UInt8(ascii: "\""): lastName = try scanString() ? lastString : nil
        case UInt8(ascii: "'"): lastName = try takeSingleQuoted()
        case let byte? where Self.isWordByte(byte):
            try report(.bareName, at: offset)
            try takeWord()
            lastName = lastString
        default:
            try stop(.expected("a field name in double quotes", found: try found()), at: offset)
            return false
        }
        return true
    }

    /// Reads a colon; false when nobody can tell what was meant instead.
    mutating func takeColon() throws(JSONError) -> Bool {
        try skipSpace()
        if try take(UInt8(ascii: ":")) { return true }
        try report(.expected("\":\" after the field name", found: try found()), at: offset)
        if try take(UInt8(ascii: "=")) { return true }
        if try startsValue() { return true }
        giveUp()
        return false
    }

    private mutating func isNew(_ name: String) -> Bool {
        let innermost = open.count - 1
        if open[innermost].manyNames != nil {
            return open[innermost].manyNames?.insert(ByteKey(name)).inserted ?? true
        }
        let first = open[innermost].firstName
        for other in names[first...] where name.hasSameBytes(as: other) { return false }
        names.append(name)
        if names.count - first > Self.manyNames { open[innermost].manyNames = Set(names[first...].map { ByteKey($0) }) }
        return true
    }

    /// Reads a comma (true: another one follows) or the closing bracket (false: this was the last).
    private mutating func takeSeparator(closing: UInt8, openedAt start: Int) throws(JSONError) -> Bool {
        guard !hasStopped else { return false }
        try skipSpace()
        if try take(closing) { return false }
        if try next() == UInt8(ascii: ",") {
            comma = offset
            at += 1
            try skipSpace()
            guard try take(closing) else { return true }
            try report(.commaBefore(String(UnicodeScalar(closing))), at: comma)
            return false
        }
        let bracket = String(UnicodeScalar(closing))
        guard try next() != nil else {
            try stop(.unclosed(bracket, line: line(of: start)), at: offset)
            return false
        }
        try report(.expected("\",\" or \"\(bracket)\"", found: try found()), at: offset)
        // Most likely a comma was forgotten; with anything else nobody can tell what was meant.
        if try startsValue() { return true }
        giveUp()
        return false
    }

    private mutating func startsValue() throws(JSONError) -> Bool {
        guard let byte = try next() else { return false }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"), UInt8(ascii: "["): return true
        default: return Self.isWordByte(byte)
        }
    }
}
