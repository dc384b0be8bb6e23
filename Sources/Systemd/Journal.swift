import Platform

/// What a unit wrote to the journal.
public enum Journal {
    /// The last lines; empty when there are none or they may not be read.
    ///
    /// journalctl(1) reads compressed entries, which the static libsystemd cannot.
    public static func tail(of unit: UnitName, lines: Int) async -> String {
        let arguments = ["-u", unit.text, "-n", "\(lines)", "--no-pager", "-o", "cat", "-q"]
        let result = try? await Subprocess.run(Command("/usr/bin/journalctl", arguments), timeout: .seconds(20))
        return result?.output ?? ""
    }
}
