import Platform

/// How one text becomes another, as diff -u writes it.
enum UnifiedDiff {
    private enum Line {
        case same(Substring), removed(Substring), added(Substring)

        var isSame: Bool { if case .same = self { true } else { false } }
    }

    private static let context = 3

    /// The difference of two texts; empty when they are the same.
    ///
    /// Lines longer than 2,000 bytes, and differences of more than 400 lines, are cut: a plan is to be read by a person.
    static func of(_ old: String, _ new: String, path: String) -> String {
        guard !old.hasSameBytes(as: new) else { return "" }
        let all = lines(split(old), split(new))
        var text = ["--- \(path)", "+++ \(path)"]
        for hunk in hunks(all) { text += header(hunk, all) + all[hunk].map(render) }
        if text.count > 400 { text = text[..<400] + ["… \(text.count - 400) more lines"] }
        return text.joined(separator: "\n") + "\n"
    }

    private static func split(_ text: String) -> [Substring] {
        var lines = text.parts(at: "\n")
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func lines(_ old: [Substring], _ new: [Substring]) -> [Line] {
        let changes = new.difference(from: old) { $0.hasSameBytes(as: $1) }
        var removed = Set<Int>(), added: [Int: Substring] = [:]
        for change in changes {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, let line, _): added[offset] = line
            }
        }
        var lines: [Line] = []
        var position = 0
        for (index, line) in old.enumerated() {
            if removed.contains(index) {
                lines.append(.removed(line))
                continue
            }
            while let line = added[position] {
                lines.append(.added(line))
                position += 1
            }
            lines.append(.same(line))
            position += 1
        }
        while let line = added[position] {
            lines.append(.added(line))
            position += 1
        }
        return lines
    }

    /// Runs of changes with the lines around them; those that touch are one.
    private static func hunks(_ lines: [Line]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for index in lines.indices where !lines[index].isSame {
            let range = max(0, index - context)..<min(lines.count, index + context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }

    private static func header(_ hunk: Range<Int>, _ lines: [Line]) -> [String] {
        let (old, new) = (count(lines[..<hunk.lowerBound]), count(lines[hunk]))
        return ["@@ -\(place(old.old, new.old)) +\(place(old.new, new.new)) @@"]
    }

    private static func place(_ before: Int, _ count: Int) -> String {
        // GNU diff: an empty range is numbered by the line before it.
        let start = count == 0 ? before : before + 1
        return count == 1 ? "\(start)" : "\(start),\(count)"
    }

    private static func count(_ lines: ArraySlice<Line>) -> (old: Int, new: Int) {
        lines.reduce(into: (0, 0)) { counts, line in
            switch line {
            case .same: counts = (counts.0 + 1, counts.1 + 1)
            case .removed: counts.0 += 1
            case .added: counts.1 += 1
            }
        }
    }

    private static func render(_ line: Line) -> String {
        switch line {
        case .same(let text): " \(cut(text))"
        case .removed(let text): "-\(cut(text))"
        case .added(let text): "+\(cut(text))"
        }
    }

    private static func cut(_ text: Substring) -> String {
        text.utf8.count > 2000 ? "\(text.prefix(2000))…" : String(text)
    }
}
