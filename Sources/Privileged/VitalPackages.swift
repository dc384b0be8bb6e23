public import Platform
internal import Synchronization

/// Packages that are never taken away: Debian calls them essential or protected, or this program works by them.
public enum VitalPackages {
    private static let own = ["apt", "dpkg", "sudo", "systemd"]

    /// Those of these packages, each as apt names it, by what dpkg knows of them.
    public static func among(_ names: [String]) async throws(SystemCallError) -> [String] {
        if names.isEmpty { return [] }
        let marked = Mutex<[String]>([])
        // What a package does not say is empty; dpkg before 1.20.1 knows no protected ones.
        let format = "-f=${Essential}/${Protected}/${binary:Package}\n"
        _ = try await Subprocess.run(Command("/usr/bin/dpkg-query", ["-W", format])) { line in
            if let name = Self.marked(line) { marked.withLock { $0.append(name) } }
        }
        let vital = own + marked.withLock { $0 }
        return names.filter { AptSimulation.isAmong(vital, $0) }
    }

    /// The package of a line `yes/yes/NAME`, of which one yes is enough.
    static func marked(_ line: String) -> String? {
        let parts = line.parts(at: "/")
        guard parts.count == 3, parts[0] == "yes" || parts[1] == "yes" else { return nil }
        return String(parts[2])
    }

    /// Why they stay.
    public static func refusal(of packages: [String]) -> Explanation {
        Explanation(
            "the host, or this program, cannot be without \(packages.joined(separator: ", "))", at: "apt-get remove",
            hint: "leave what would take that away out of \"absent\": apt-get -s remove shows it")
    }
}
