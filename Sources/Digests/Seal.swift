/// The checksum that a file of our own carries of itself, so that a bit that turned over anywhere in it is seen.
///
/// It is the value of one member of its JSON: SHA-256 of the whole text with zeros in that value's place.
public enum Seal {
    /// What a text says of itself.
    public enum State: Sendable, Equatable {
        /// It has no seal, as files of older versions.
        case none
        case whole, broken
    }

    /// The member's name.
    public static let member = "file_checksum"
    /// What stands in the seal's place until it is known.
    public static let blank = String(repeating: "0", count: 64)

    /// Puts the seal in the blank's place.
    public static func filled(_ text: [UInt8]) -> [UInt8] {
        guard let place = place(in: text) else { return text }
        var text = text
        text.replaceSubrange(place, with: digest(of: text, without: place))
        return text
    }

    /// Holds a text against its seal.
    public static func state(of text: [UInt8]) -> State {
        guard let place = place(in: text) else { return .none }
        return text[place].elementsEqual(digest(of: text, without: place)) ? .whole : .broken
    }

    private static func digest(of text: [UInt8], without place: Range<Int>) -> [UInt8] {
        var text = text
        text.replaceSubrange(place, with: blank.utf8)
        return Array(Digest.of(text).hex.utf8)
    }

    /// Where the value lies; a quotation mark within a text of JSON has a backslash before it, so no text looks like this.
    private static func place(in text: [UInt8]) -> Range<Int>? {
        let name = Array("\"\(member)\"".utf8), blanks = Array(" :\n".utf8)
        guard var index = text.firstRange(of: name)?.upperBound else { return nil }
        while index < text.count, blanks.contains(text[index]) { index += 1 }
        let end = index + 1 + blank.utf8.count
        guard end < text.count, text[index] == UInt8(ascii: "\""), text[end] == UInt8(ascii: "\"") else { return nil }
        return index + 1..<end
    }
}
