/// What people write who know another notation, or whose editor means well.
///
/// Where the reader goes on after mistakes, it writes what was meant over its own copy of the text.
extension JSONReader {
    /// Reads over a comment, which is a mistake; false when there is none.
    mutating func skipComment() throws(JSONError) -> Bool {
        let start = try look(ahead: 2)
        let isBlock = start.elementsEqual("/*".utf8)
        guard isBlock || start.first == UInt8(ascii: "#") || start.elementsEqual("//".utf8) else { return false }
        try report(.comment, at: offset)
        if isBlock {
            at += 2
            while at < end && !bytes[at...].starts(with: "*/".utf8) { at += 1 }
            at = min(at + 2, end)
        } else {
            at = bytes[at...].firstIndex(of: 0x0a) ?? end
        }
        return true
    }

    /// Makes a character that only looks like one of JSON's, a mistake, the one that was meant; false when it is none.
    mutating func mendConfusable() throws(JSONError) -> Bool {
        let character = try found()
        guard case .scalar(let scalar) = character, let confusable = Confusable(scalar) else { return false }
        let (start, length) = (at, UTF8.width(scalar))
        try report(.confusable(character, instead: confusable.instead), at: offset)
        for index in start..<(start + length) { bytes[index] = 0x20 }
        if let plain = confusable.plain { bytes[start + length - 1] = plain }
        if confusable == .quote { try mendClosingQuote(from: start + length) }
        return true
    }

    /// Does the same with the quote that closes what one of its kind opened.
    private mutating func mendClosingQuote(from start: Int) throws(JSONError) {
        var index = start
        while index < end, bytes[index] != UInt8(ascii: "\""), bytes[index] != 0x0a {
            let character = JSONCharacter(bytes[index..<min(end, index + 4)])
            if case .scalar(let scalar) = character, Confusable(scalar) == .quote {
                // The text lies in memory, so that it is its own window.
                try report(.confusable(character, instead: Confusable.quote.instead), at: index)
                for place in index..<(index + UTF8.width(scalar)) { bytes[place] = 0x20 }
                bytes[index] = UInt8(ascii: "\"")
                return
            }
            index += 1
        }
    }

    /// Reports a string in single quotes and reads over it.
    mutating func takeSingleQuoted() throws(JSONError) -> String? {
        try report(.singleQuotes, at: offset)
        at += 1
        let content = bytes[at..<end].prefix { $0 != UInt8(ascii: "'") && $0 != 0x0a }
        at = content.endIndex
        guard try take(UInt8(ascii: "'")) else {
            giveUp()
            return nil
        }
        return String(decoding: content, as: UTF8.self)
    }
}
