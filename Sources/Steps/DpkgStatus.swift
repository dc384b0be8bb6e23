/// Which packages are installed, from dpkg's status file; deb-control(5) has its form.
struct DpkgStatus {
    private var versions: [String: String] = [:]
    private var provided: Set<String> = []

    /// Where dpkg keeps it.
    static let path = "/var/lib/dpkg/status"
    /// Where dpkg leaves numbered files when it was cut off; empty otherwise.
    static let journal = "/var/lib/dpkg/updates"

    init(_ text: String) {
        var stanza = Stanza()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                take(stanza)
                stanza = Stanza()
            } else {
                stanza.read(line)
            }
        }
        take(stanza)
    }

    /// What is there of a wanted package, `NAME[:ARCHITECTURE][=VERSION]`; nil when it is installed as wanted.
    func difference(_ wanted: String) -> String? {
        let parts = wanted.split(separator: "=", maxSplits: 1)
        let name = String(parts[0])
        if let version = versions[name] {
            return parts.count == 1 || version == parts[1] ? nil : version
        }
        return parts.count == 1 && provided.contains(name) ? nil : "absent"
    }

    private struct Stanza {
        var package = "", architecture = "", version = "", status = ""
        var provides: Substring = ""

        mutating func read(_ line: Substring) {
            if line.hasPrefix("Package: ") { package = String(line.dropFirst(9)) }
            if line.hasPrefix("Status: ") { status = String(line.dropFirst(8)) }
            if line.hasPrefix("Version: ") { version = String(line.dropFirst(9)) }
            if line.hasPrefix("Architecture: ") { architecture = String(line.dropFirst(14)) }
            if line.hasPrefix("Provides: ") { provides = line.dropFirst(10) }
        }
    }

    private mutating func take(_ stanza: Stanza) {
        // "hold ok installed" is as good; anything half-installed or half-configured is not.
        guard stanza.status.hasSuffix(" ok installed") else { return }
        versions[stanza.package] = stanza.version
        versions["\(stanza.package):\(stanza.architecture)"] = stanza.version
        for provided in stanza.provides.split(separator: ",") {
            if let name = provided.split(separator: " ").first { self.provided.insert(String(name)) }
        }
    }
}
