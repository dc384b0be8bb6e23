import Platform

/// What a unit wrote to the journal.
public enum Journal {
    /// The last lines, each with its time and writer; empty when there are none or they may not be read.
    ///
    /// journalctl(1) reads compressed entries, which the static libsystemd cannot.
    public static func tail(of unit: UnitName, lines: Int) async -> String {
        let arguments = ["-u", unit.text, "-n", "\(lines)", "--no-pager", "-o", "short-iso", "--no-hostname", "-q"]
        let result = try? await Subprocess.run(Command("/usr/bin/journalctl", arguments), timeout: .seconds(20))
        return result?.output ?? ""
    }

    /// What the unit itself wrote last, or else what systemd says of it; nil for a tail without lines.
    public static func lastWords(in tail: String) -> String? {
        let words = tail.split(separator: "\n").compactMap { line -> (isOwn: Bool, text: Substring)? in
            // "2026-01-02T03:04:05+0000 writer[7]: text"; a line without a writer goes on with the one before it.
            guard let end = line.firstRange(of: "]: ") else { return nil }
            return (!line[..<end.lowerBound].hasSuffix(" systemd[1"), line[end.upperBound...])
        }
        return (words.last(where: \.isOwn) ?? words.last).map { String($0.text) }
    }
}
