import Engine

/// What apt-get would install, read from its own simulation: `Inst NAME [OLD] (NEW ORIGIN [ARCH]) …`, one line a package.
struct AptForecast: Equatable {
    /// One package that would be installed or made another version.
    struct Change: Equatable {
        let package: String
        /// The version that is there; nil when none is.
        let old: String?
        let new: String
    }

    let changes: [Change]

    init(_ simulation: String) {
        changes = simulation.split(separator: "\n").compactMap(Self.change)
    }

    private static func change(_ line: Substring) -> Change? {
        var words = line.split(separator: " ")[...]
        guard words.popFirst() == "Inst", let package = words.popFirst() else { return nil }
        var old: String?
        if let word = words.first, word.hasPrefix("["), word.hasSuffix("]") {
            old = String(word.dropFirst().dropLast())
            words = words.dropFirst()
        }
        guard let new = words.first, new.hasPrefix("(") else { return nil }
        return Change(package: String(package), old: old, new: String(new.dropFirst()))
    }

    /// The same as differences: those that the config names first, then what comes along with them.
    func differences(named: [Difference]) -> [Difference] {
        let known = Dictionary(changes.map { ($0.package, $0) }, uniquingKeysWith: { first, _ in first })
        // The config may say NAME=VERSION, or NAME:ARCH.
        let names = named.map { String($0.what.prefix { $0 != "=" && $0 != ":" }) }
        let wanted = zip(named, names).map { difference, name in
            Difference(difference.what, found: difference.found, wanted: known[name]?.new ?? difference.wanted)
        }
        let others = changes.filter { !names.contains($0.package) }.map {
            Difference($0.package, found: $0.old ?? "absent", wanted: "\($0.new), which others need")
        }
        return wanted + others
    }
}
