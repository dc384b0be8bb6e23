import Engine
import Privileged

/// What apt-get would do, read from its own simulation, one line a package: `Inst NAME [OLD] (NEW ORIGIN [ARCH]) …`,
/// `Remv NAME [OLD] …`.
struct AptPreview: Equatable {
    /// One package that would be installed, made another version, or removed.
    struct Change: Equatable {
        let package: String
        /// The version that is there; nil when none is.
        let old: String?
        /// nil when it would be removed.
        let new: String?
    }

    let changes: [Change]

    init(_ simulation: String) {
        changes = simulation.split(separator: "\n").compactMap(Self.change)
    }

    private static func change(_ line: Substring) -> Change? {
        var words = line.split(separator: " ")[...]
        guard let verb = words.popFirst(), verb == "Inst" || verb == "Remv", let package = words.popFirst() else {
            return nil
        }
        var old: String?
        if let word = words.first, word.hasPrefix("["), word.hasSuffix("]") {
            old = String(word.dropFirst().dropLast())
            words = words.dropFirst()
        }
        if verb == "Remv" { return Change(package: String(package), old: old, new: nil) }
        guard let new = words.first, new.hasPrefix("(") else { return nil }
        return Change(package: String(package), old: old, new: String(new.dropFirst()))
    }

    /// Those that would be removed besides the ones that are named.
    func removed(besides names: [String]) -> [Change] {
        changes.filter { $0.new == nil && !AptSimulation.isAmong(names, $0.package) }
    }

    /// The same as differences: those that the config names first, then what comes along with them; `reason` is why
    /// others go.
    func differences(
        named: [Difference], reason: String = "since it cannot be beside the others"
    ) -> [Difference] {
        let known = Dictionary(changes.map { ($0.package, $0) }, uniquingKeysWith: { first, _ in first })
        // The config may say NAME=VERSION, or NAME:ARCH.
        let names = named.map { String($0.what.prefix { $0 != "=" && $0 != ":" }) }
        let wanted = zip(named, names).map { difference, name in
            Difference(difference.what, found: difference.found, wanted: known[name]?.new ?? difference.wanted)
        }
        let others = changes.filter { !names.contains($0.package) }.map {
            Difference(
                $0.package, found: $0.old ?? "absent",
                wanted: $0.new.map { "\($0), which others need" } ?? "removed, \(reason)")
        }
        return wanted + others
    }
}
