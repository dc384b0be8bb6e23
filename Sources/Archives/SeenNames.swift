import Platform

/// Which files there were before, in 2 MiB however many there are.
///
/// A Bloom filter: it may take a new name for one it knows (of a million, two in a thousand), never the reverse.
struct SeenNames {
    private var bits = [UInt64](repeating: 0, count: 1 << 18)

    /// Remembers a name; the answer is whether it may have been there before.
    mutating func insert(_ path: PathBytes) -> Bool {
        var hasher = Hasher()
        path.hash(into: &hasher)
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        // Four positions out of one hash: its lower half, and its upper half again and again on top.
        var position = hash & 0xffff_ffff
        var isKnown = true
        for _ in 0..<4 {
            let (word, bit) = (Int(position >> 6) & (bits.count - 1), UInt64(1) << (position & 63))
            if bits[word] & bit == 0 {
                isKnown = false
                bits[word] |= bit
            }
            position &+= hash >> 32 | 1
        }
        return isKnown
    }
}
