import Platform

/// Why apt or dpkg failed, told by what they print: their exit code is 100 for everything.
enum AptFailure: Equatable {
    case interrupted, brokenPackages, dpkgFailed, lockHeld, unknownPackage(String), damagedLists, network
    case proxyRefused, diskFull, diskFailing, sourcesContradict, unverified, noRelease, onHold, unmetDependencies, other

    init(_ result: CommandResult) {
        let text = result.errors + result.output
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        // What the disk says comes first: dpkg's own last words are the same whatever stopped it.
        if says("No space left on device", "You don't have enough free space", "Disk quota exceeded") {
            self = .diskFull
        } else if says("Input/output error", "Read-only file system") {
            self = .diskFailing
        } else if says("dpkg was interrupted") {
            self = .interrupted
        } else if says("Could not get lock", "is another process using it", "is locked by another process") {
            self = .lockHeld
        } else if says("Unmet dependencies", "--fix-broken", "needs to be reinstalled") {
            self = .brokenPackages
        } else if says("have unmet dependencies") {
            self = .unmetDependencies
        } else if says("Sub-process /usr/bin/dpkg ") {
            self = .dpkgFailed
        } else if says("Held packages were changed") {
            self = .onHold
        } else if let name = Self.unknownPackage(in: text) {
            self = .unknownPackage(name)
        } else if says("The list of sources could not be read") {
            self = .sourcesContradict
        } else if says("NO_PUBKEY", "EXPKEYSIG", "REVKEYSIG", "Missing key ") {
            self = .unverified
        } else if says("Hash Sum mismatch", "unexpected size") {
            self = .damagedLists
        } else if says("407  Proxy Authentication Required", " 407 Proxy") {
            self = .proxyRefused
        } else if says("Failed to fetch", "Temporary failure", "Could not connect", "Connection", "Unable to fetch") {
            self = .network
        } else if says("does not have a Release file", "is not signed") {
            self = .noRelease
        } else {
            self = .other
        }
    }

    /// What went wrong, in apt's or dpkg's own words.
    ///
    /// `command` is what failed, as root types it; `room` is what the disk has and the packages need, where that was
    /// asked for.
    func explanation(
        _ result: CommandResult, of command: String, room: String? = nil, at place: String = "apt-get"
    ) -> Explanation {
        let words = Self.words(result.errors + "\n" + result.output) ?? "exit code \(result.exitCode)"
        let problem =
            switch self {
            case .diskFull: "the disk is full: \(room.map { "\($0); " } ?? "")\(words)"
            case .diskFailing: "the disk fails: \(words)"
            default: words
            }
        return Explanation(problem, at: place, hint: hint(command))
    }

    private func hint(_ command: String) -> String {
        switch self {
        case .interrupted: "sudo dpkg --configure -a shows which package stands in the way"
        case .brokenPackages:
            "sudo apt-get --fix-broken install shows what it would take; nothing is removed without your word"
        case .dpkgFailed: "sudo dpkg --configure -a shows what the package's own script says; mend that, then run again"
        case .lockHeld: "see who holds it: ps -ef | grep -e apt -e dpkg -e unattended; then run again"
        case .unknownPackage(let name):
            "is \"\(name)\" spelt right, and in the sources? apt-cache policy \(name); look at /etc/apt/sources.list*"
        case .damagedLists: "the mirror is in the middle of an update: run again, or use another mirror"
        case .network:
            "can this host reach its mirror? look at /etc/apt/sources.list*, http_proxy, and apt-config dump | grep Proxy"
        case .proxyRefused:
            "the proxy wants another user and password: set http_proxy and https_proxy to http://USER:PASSWORD@HOST:PORT, "
                + "and look at apt-config dump | grep Proxy"
        case .diskFull:
            "free space: sudo apt-get clean, and sudo du -xh / | sort -h | tail -20 shows what is large; then run again, which repairs what was cut off"
        case .diskFailing:
            "sudo dmesg | tail -20 tells of the disk; when it works again, run again, which repairs what was cut off"
        case .sourcesContradict:
            "apt-get indextargets shows it: of the files in /etc/apt/sources.list.d that name the same place, remove the other"
        case .unverified:
            "is the source's \"key\" the one that signs it, and not over? sudo apt-get update shows which key it asks for"
        case .unmetDependencies:
            "is there a source for what it needs? apt-cache policy NAME shows it; the package may be for another release"
        case .onHold: "apt-mark showhold lists what is on hold: sudo apt-mark unhold what may change, then run again"
        case .noRelease: "are its URI and its suite right? there is no signed Release where apt looks for it"
        case .other: "run the same by hand: sudo \(command)"
        }
    }

    /// The lines that say it best: dpkg's error with what follows it, or apt's first, or simply the last.
    private static func words(_ text: String) -> String? {
        let lines = text.split(separator: "\n")
        // "dpkg: error processing package jq (--configure):", and on the next line, indented, why.
        if let index = lines.firstIndex(where: { $0.hasPrefix("dpkg: error") || $0.hasPrefix("dpkg: unrecoverable") }) {
            let reason = lines[(index + 1)...].prefix { $0.hasPrefix(" ") }
            return ([lines[index]] + reason.map { $0.drop { $0 == " " } }).joined(separator: " ")
        }
        // "The following packages have unmet dependencies:", and on the next lines, indented, which.
        if let index = lines.firstIndex(where: { $0.hasSuffix("have unmet dependencies:") }) {
            let needs = lines[(index + 1)...].prefix { $0.hasPrefix(" ") }
            if !needs.isEmpty { return needs.map { String($0.drop { $0 == " " }) }.joined(separator: "; ") }
        }
        return (lines.first { $0.hasPrefix("E: ") } ?? lines.last).map(String.init)
    }

    private static func unknownPackage(in text: String) -> String? {
        for line in text.split(separator: "\n") {
            for (before, after) in [
                ("E: Unable to locate package ", ""), ("E: Package '", "' has no installation candidate"),
            ]
            where line.hasPrefix(before) && line.hasSuffix(after) {
                return String(line.dropFirst(before.count).dropLast(after.count))
            }
            if line.hasPrefix("E: Version '"), line.contains("was not found") {
                return line.split(separator: "'").dropLast().last.map(String.init)
            }
        }
        return nil
    }
}
