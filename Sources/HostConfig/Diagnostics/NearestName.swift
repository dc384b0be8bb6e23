/// Which known name somebody meant who wrote another.
public enum NearestName {
    /// Names longer than this are no slip of the fingers, and would cost quadratic time.
    static let lengthLimit = 64

    /// The known name with the smallest edit distance, if at most a third of the name differs, or else the one that
    /// starts so.
    public static func of(_ name: String, among known: [String]) -> String? {
        let written = Array(name.lowercased().utf8)
        guard written.count <= lengthLimit else { return nil }
        let distances = known.map { (name: $0, distance: distance(written, Array($0.utf8))) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        if nearest.distance <= max(1, max(written.count, nearest.name.utf8.count) / 3) { return nearest.name }
        return known.first { written.count > 2 && $0.utf8.starts(with: written) }
    }

    /// What to add to the words about an unknown name: a question, or nothing.
    public static func suggestion(for name: String, among known: [String]) -> String {
        of(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// Levenshtein's distance.
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var diagonal = i
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                let substitution = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, diagonal + 1, row[j] + 1)
            }
        }
        return row[second.count]
    }
}
