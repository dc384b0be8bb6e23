internal import FoundationEssentials

extension Encodable where Self: Sendable {
    /// One JSON object in one line, keys sorted, without the line's end.
    package var jsonLine: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Events and reports hold strings, integers and lists of them: there is nothing that can fail to encode.
        return Array((try? encoder.encode(self)) ?? Data())
    }
}
