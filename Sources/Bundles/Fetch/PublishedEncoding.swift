/// What a published text is written in: UTF-8, or UTF-16 as PowerShell's `>` writes it, with a byte order mark or without.
enum PublishedEncoding {
    /// The text in UTF-8, without a byte order mark; what is neither is left as it is.
    static func utf8(_ bytes: [UInt8]) -> [UInt8] {
        switch true {
        case bytes.starts(with: [0xef, 0xbb, 0xbf]): Array(bytes.dropFirst(3))
        case bytes.starts(with: [0xff, 0xfe]): fromUTF16(bytes.dropFirst(2), high: 1)
        case bytes.starts(with: [0xfe, 0xff]): fromUTF16(bytes.dropFirst(2), high: 0)
        // What is published begins with ASCII, whose upper byte is zero.
        case bytes.count >= 2 && bytes[0] != 0 && bytes[1] == 0: fromUTF16(bytes[...], high: 1)
        case bytes.count >= 2 && bytes[0] == 0 && bytes[1] != 0: fromUTF16(bytes[...], high: 0)
        default: bytes
        }
    }

    private static func fromUTF16(_ bytes: ArraySlice<UInt8>, high: Int) -> [UInt8] {
        let start = bytes.startIndex
        let units = stride(from: start, to: bytes.endIndex - 1, by: 2).map { index in
            UInt16(bytes[index + high]) << 8 | UInt16(bytes[index + 1 - high])
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
