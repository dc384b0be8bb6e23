internal import FoundationEssentials

extension Encodable {
    /// Written as JSON, names in order: in one line, unless it is `indented` for people.
    public func json(indented: Bool = false) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if indented { encoder.outputFormatting.insert(.prettyPrinted) }
        // Our types hold texts, whole numbers and lists of them: there is nothing that can fail to encode.
        return Array((try? encoder.encode(self)) ?? Data())
    }
}
