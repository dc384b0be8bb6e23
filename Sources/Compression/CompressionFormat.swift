/// What a file is compressed by, told by its first bytes.
public enum CompressionFormat: Sendable, Equatable {
    case gzip, xz, zstd
    /// A zip holds its own compression, and its directory lies at the end.
    case zip
    /// None of these.
    case other

    /// How many bytes are needed to tell.
    static let lookAhead = 6

    /// Tells it; what is cut before that is `other`.
    ///
    /// The magic numbers are those of RFC 1952, the .xz file format 1.2, RFC 8878 (skippable frames among them) and
    /// PKWARE's APPNOTE.TXT.
    init(_ start: some Collection<UInt8>) {
        let bytes = Array(start)
        switch true {
        case bytes.starts(with: [0x1F, 0x8B]): self = .gzip
        case bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]): self = .xz
        case bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]): self = .zstd
        case bytes.count >= 4 && bytes[0] & 0xF0 == 0x50 && bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18]): self = .zstd
        case bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]), bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]): self = .zip
        default: self = .other
        }
    }

    /// Tells what a file is; waits for its first bytes.
    public static func of(_ file: GrowingFile) throws(DecompressionError) -> CompressionFormat {
        let input = FileInput(file, size: lookAhead)
        var start: [UInt8] = []
        while start.count < lookAhead, try input.fill() {
            start += input.rest
            input.consume(input.rest.count)
        }
        return CompressionFormat(start)
    }
}
