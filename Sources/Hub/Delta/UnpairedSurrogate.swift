/// Half of a surrogate pair in JSON (RFC 8259, 8.2): so a client in Python writes a file's name that is no UTF-8.
enum UnpairedSurrogate {
    /// The first text that holds one, as it stands there; nil when there is none.
    static func firstText(in json: [UInt8]) -> String? {
        var start = 0
        var index = 0
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\""): start = index + 1
            case UInt8(ascii: "\\"):
                guard let unit = unit(json, at: index), (0xd800..<0xe000).contains(unit) else {
                    index += 1
                    break
                }
                let isPair =
                    unit < 0xdc00 && self.unit(json, at: index + 6).map { (0xdc00..<0xe000).contains($0) } == true
                guard isPair else { return text(json[start...]) }
                index += 11
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The number of `\uXXXX`; nil when there is none.
    private static func unit(_ json: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= json.count, json[index] == UInt8(ascii: "\\"), json[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: json[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
    }

    /// Up to the closing quotation mark.
    private static func text(_ rest: ArraySlice<UInt8>) -> String {
        String(decoding: rest.prefix { $0 != UInt8(ascii: "\"") }.prefix(300), as: UTF8.self)
    }
}
