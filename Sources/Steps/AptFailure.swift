import Platform

/// Why apt or dpkg failed, told by what they print: their exit code is 100 for everything.
enum AptFailure: Equatable {
    case interrupted, lockHeld, unknownPackage(String), damagedLists, network, diskFull, other

    init(_ result: CommandResult) {
        let text = result.errors + result.output
        if text.contains("dpkg was interrupted") {
            self = .interrupted
        } else if text.contains("Could not get lock") || text.contains("is another process using it") {
            self = .lockHeld
        } else if text.contains("No space left on device") || text.contains("You don't have enough free space") {
            self = .diskFull
        } else if let name = Self.unknownPackage(in: text) {
            self = .unknownPackage(name)
        } else if text.contains("Hash Sum mismatch") || text.contains("unexpected size") {
            self = .damagedLists
        } else if ["Failed to fetch", "Temporary failure", "Could not connect", "Connection", "Unable to fetch"]
            .contains(where: { text.contains($0) })
        {
            self = .network
        } else {
            self = .other
        }
    }

    /// Fresh lists, or time, may cure it.
    var mayPass: Bool {
        switch self {
        case .unknownPackage, .damagedLists, .network: true
        case .interrupted, .lockHeld, .diskFull, .other: false
        }
    }

    /// What went wrong, in apt's own last words.
    func explanation(_ result: CommandResult) -> Explanation {
        let lines = (result.errors + "\n" + result.output).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("E: ") } ?? lines.last ?? "exit code \(result.exitCode)"
        return Explanation(String(words), at: "apt-get", hint: hint)
    }

    private var hint: String {
        switch self {
        case .interrupted: "sudo dpkg --configure -a shows which package stands in the way"
        case .lockHeld: "see who holds it: sudo fuser -v /var/lib/dpkg/lock-frontend; then run again"
        case .unknownPackage(let name):
            "is \"\(name)\" spelt right, and in the sources? apt-cache policy \(name); look at /etc/apt/sources.list*"
        case .damagedLists: "the mirror is in the middle of an update: run again, or use another mirror"
        case .network:
            "can this host reach its mirror? look at /etc/apt/sources.list* and at the proxy in apt-config dump"
        case .diskFull: "free space (df -h / /var), then run again"
        case .other: "run the same by hand: sudo apt-get install …"
        }
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
