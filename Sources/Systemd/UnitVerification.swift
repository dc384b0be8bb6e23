import Platform

/// What systemd says of a unit's files, line by line.
public enum UnitVerification {
    /// The lines about this unit that systemd-analyze(1) prints, each `FILE:LINE: words` or `UNIT: words`.
    ///
    /// Empty when there are none, or when the program is not there. Needs no root.
    public static func complaints(about unit: UnitName, in scope: UnitScope = .system) async -> [String] {
        let options = scope == .system ? [] : ["--user"]
        let command = Command("/usr/bin/systemd-analyze", options + ["verify", "--man=no", "--", unit.text])
        guard let result = try? await Subprocess.run(command, timeout: .seconds(20)) else { return [] }
        return complaints(about: unit, in: result.errors)
    }

    /// The lines about one unit among all that were printed: what it needs is looked at, too.
    static func complaints(about unit: UnitName, in text: String) -> [String] {
        let parts = ["/\(unit):", "/\(unit).d/"]
        var seen: Set<String> = []
        let lines = text.split(separator: "\n").map(String.init).filter { line in
            // "Unit NAME has a bad unit file setting." is what is to be explained.
            guard line.hasPrefix("\(unit): ") || parts.contains(where: { line.contains($0) }) else { return false }
            return seen.insert(line).inserted
        }
        // Said besides the line that is the reason.
        let reasons = lines.filter { !$0.hasSuffix(" Unit configuration has fatal error, unit will not be started.") }
        return reasons.isEmpty ? lines : reasons
    }
}
