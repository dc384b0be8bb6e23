/// What a partial answer says it is: `bytes FIRST-LAST/TOTAL`, by RFC 9110, 14.4.
struct ContentRange: Equatable {
    let first: Int64
    let last: Int64
    /// Nil when the server does not tell.
    let total: Int64?

    init?(_ text: String) {
        guard text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts.first?.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int64($0) } ?? []
        guard parts.count == 2, ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else { return nil }
        guard parts[1] == "*" || Int64(parts[1]) ?? 0 > ends[1] else { return nil }
        (first, last, total) = (ends[0], ends[1], Int64(parts[1]))
    }

    /// It is all that follows an offset, in a body so long.
    func isRest(after offset: Int64, length: Int64?) -> Bool {
        first == offset && length.map { $0 == last - first + 1 } ?? true && total.map { $0 == last + 1 } ?? true
    }
}
