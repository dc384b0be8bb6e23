/// Bytes as hexadecimal digits.
public enum Hexadecimal {
    /// In lower case.
    public static func text(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(bytes.count * 2)
        append(bytes, to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Adds the digits, in lower case, to a text.
    public static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// Of digits of either case; nil for anything else, and for an odd number of them.
    public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { bytes($0) }
    }

    /// Of digits as they lie in memory.
    public static func bytes(_ digits: UnsafeRawBufferPointer) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var isGood = true
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 2) { room, count in
            for index in 0..<digits.count / 2 {
                let (high, low) = (nibble(digits[index * 2]), nibble(digits[index * 2 + 1]))
                isGood = isGood && high < 16 && low < 16
                room[index] = high << 4 | low
            }
            count = digits.count / 2
        }
        return isGood ? bytes : nil
    }

    /// 255 for what is no digit.
    private static func nibble(_ digit: UInt8) -> UInt8 {
        let number = digit &- UInt8(ascii: "0"), letter = (digit | 0x20) &- UInt8(ascii: "a")
        return number < 10 ? number : letter < 6 ? letter + 10 : .max
    }
}
