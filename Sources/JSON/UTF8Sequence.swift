/// Characters as UTF-8 has them.
enum UTF8Sequence {
    /// The length of the well-formed sequence that begins there (the Unicode Standard, table 3-7); 0 when none does.
    static func length(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let lead = bytes.first else { return 0 }
        let (count, seconds): (Int, ClosedRange<UInt8>)
        switch lead {
        case ..<0x80: return 1
        case 0xc2...0xdf: (count, seconds) = (2, 0x80...0xbf)
        case 0xe0: (count, seconds) = (3, 0xa0...0xbf)
        case 0xed: (count, seconds) = (3, 0x80...0x9f)
        case 0xe1...0xef: (count, seconds) = (3, 0x80...0xbf)
        case 0xf0: (count, seconds) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (count, seconds) = (4, 0x80...0xbf)
        case 0xf4: (count, seconds) = (4, 0x80...0x8f)
        default: return 0
        }
        let start = bytes.startIndex
        guard bytes.count >= count, seconds.contains(bytes[start + 1]) else { return 0 }
        return bytes[(start + 2)..<(start + count)].allSatisfy { 0x80...0xbf ~= $0 } ? count : 0
    }
}
