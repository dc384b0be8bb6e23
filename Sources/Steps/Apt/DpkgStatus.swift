import Platform

/// Which packages are installed, from dpkg's status file; deb-control(5) has its form.
struct DpkgStatus {
    private struct Entry {
        let version: String, state: String
        let isHeld: Bool
        let provides: [String]
    }
    /// By `NAME:ARCHITECTURE`; a later stanza replaces an earlier one.
    private var entries: [String: Entry] = [:]

    /// Where dpkg keeps it.
    static let path = "/var/lib/dpkg/status"
    /// Where dpkg notes each change before it writes the status file anew, in files whose names are numbers.
    ///
    /// Empty unless it is at work, or was cut off.
    static let journal = "/var/lib/dpkg/updates"
    /// What dpkg holds by fcntl(2) while it may write either.
    static let lock = "/var/lib/dpkg/lock"

    /// dpkg was cut off, or is at work: not all that it did stands in its status file.
    let isInterrupted: Bool

    /// Reads the status as dpkg itself would: the file, then its journal in order.
    ///
    /// Blocks.
    static func current() throws(SystemCallError) -> DpkgStatus {
        let numbers = try notes()
        var texts = [try Files.text(path) ?? ""]
        for name in numbers.sorted() { texts.append(try Files.text("\(journal)/\(name)") ?? "") }
        return DpkgStatus(texts.joined(separator: "\n\n"), isInterrupted: !numbers.isEmpty)
    }

    /// Was dpkg cut off, and is nobody at work who will end it? apt refuses to install anything then.
    ///
    /// Blocks for a moment.
    static func isLeftInterrupted(journal: String = journal, lock: String = lock) throws(SystemCallError) -> Bool {
        // Who begins between two looks has notes in the second, who ends has none.
        guard try !notes(journal).isEmpty, !LockHolders.isLocked(lock) else { return false }
        return try !notes(journal).isEmpty
    }

    private static func notes(_ journal: String = journal) throws(SystemCallError) -> [String] {
        try Folders.names(in: journal).filter { $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    init(_ text: String, isInterrupted: Bool = false) {
        self.isInterrupted = isInterrupted
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
        guard let entry = entry(parts[0]) else {
            return parts.count == 1 && isProvided(parts[0]) ? nil : "absent"
        }
        guard entry.state == Self.installed else { return entry.state }
        return parts.count == 1 || entry.version == parts[1] ? nil : entry.version
    }

    /// What dpkg is to do with a package, `NAME[:ARCHITECTURE]`; nil when it is not there, or soon will not be.
    func selection(_ package: String) -> PackageSelection? {
        guard let entry = entry(package[...]), entry.state != Self.leaving else { return nil }
        return entry.isHeld ? .hold : .install
    }

    /// The version of a package, `NAME[:ARCHITECTURE]`, of which anything is there but its settings; nil when nothing is.
    func version(_ package: String) -> String? { entry(package[...])?.version }

    /// The same status without these packages.
    func without(_ packages: [String]) -> DpkgStatus {
        var left = self
        for package in packages {
            for key in [package, "\(package):\(Self.ownArchitecture)", "\(package):all"] { left.entries[key] = nil }
        }
        return left
    }

    /// Every package of which anything is there, without the machine's own architecture.
    var names: Set<String> {
        Set(
            entries.keys.map { key in
                [":all", ":\(Self.ownArchitecture)"].first(where: key.hasSuffix)
                    .map { String(key.dropLast($0.utf8.count)) } ?? key
            })
    }

    /// The package was begun and not ended: unpacked, half-configured, waiting for triggers.
    func isUnfinished(_ wanted: String) -> Bool {
        guard let entry = entry(wanted.prefix { $0 != "=" }) else { return false }
        return entry.state != Self.installed && entry.state != Self.leaving
    }

    private static let installed = "installed"
    private static let leaving = "marked for removal"

    /// Without an architecture, the machine's own comes first.
    private func entry(_ name: Substring) -> Entry? {
        if name.utf8.contains(UInt8(ascii: ":")) {
            let own = ":\(Self.ownArchitecture)"
            // apt takes what fits every architecture for each of them.
            return entries[String(name)]
                ?? (name.hasSuffix(own) ? entries["\(name.dropLast(own.utf8.count)):all"] : nil)
        }
        return entries["\(name):\(Self.ownArchitecture)"] ?? entries["\(name):all"]
    }

    private func isProvided(_ name: Substring) -> Bool {
        entries.values.contains { $0.state == Self.installed && $0.provides.contains(String(name)) }
    }

    /// Debian's name of this machine's architecture.
    static let ownArchitecture = OperatingSystem.machine == "aarch64" ? "arm64" : "amd64"

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

        /// dpkg(1): what is wanted of it, an error flag, its state; a flag other than `ok` outweighs the state.
        var state: String? {
            let words = status.split(separator: " ")
            guard words.count == 3 else { return nil }
            // A package on hold is installed as well as any; one that is marked for removal soon is not.
            guard words[1] == "ok" else { return "\(words[2]), must be reinstalled" }
            guard words[0] == "install" || words[0] == "hold" else { return DpkgStatus.leaving }
            return String(words[2])
        }
    }

    private mutating func take(_ stanza: Stanza) {
        guard !stanza.package.isEmpty, let state = stanza.state else { return }
        let key = "\(stanza.package):\(stanza.architecture)"
        guard !stanza.status.hasSuffix(" not-installed"), !stanza.status.hasSuffix(" config-files") else {
            entries[key] = nil
            return
        }
        let provides = stanza.provides.split(separator: ",").compactMap {
            $0.split(separator: " ").first.map(String.init)
        }
        entries[key] = Entry(
            version: stanza.version, state: state, isHeld: stanza.status.hasPrefix("hold "), provides: provides)
    }
}
