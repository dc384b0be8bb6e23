import Platform
import Systemd

/// What a unit file may say that is written for a user who is not root's equal: nothing that root does for it with a path of
/// its choice, nothing that another unit or another user is touched by.
struct UnitRules: Sendable {
    let unit: UnitName
    /// For whom it is written.
    let caller: Account
    /// Units that are this user's to name.
    let known: KnownUnits
    /// It adds to a text by these rules, and need not say again what stands there.
    var isDropIn = false

    /// What is not allowed, with its line; nil when all is.
    func violation(_ text: String) throws(SystemCallError) -> (line: Int, words: String)? {
        // Where two readers could see different settings, none is believed.
        for (index, line) in text.byteLines.enumerated() {
            let isOdd = line.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
            if isOdd || line.trimmed.utf8.last == UInt8(ascii: "\\") {
                return (index + 1, "control characters and lines that go on are not taken here")
            }
        }
        let read = UnitText(text)
        if let stray = read.strayLines.first { return (stray.line, stray.words) }
        for section in read.sections where !sections.contains(section.name) {
            return (section.line, "[\(section.name)] is not allowed")
        }
        for setting in read.assignments {
            if let words = try violation(setting) { return (setting.line, "\(setting.key)=: \(words)") }
        }
        return isDropIn ? nil : omission(read).map { (1, $0) }
    }

    /// What has to be said, by the last settings of each name.
    private func omission(_ text: UnitText) -> String? {
        switch unit.suffix {
        case ".service":
            let isDynamic = text.isTrue("DynamicUser", in: "Service")
            return isDynamic || !text.values("User", in: "Service").isEmpty
                ? nil : "it would run as root: User= is missing"
        case ".mount":
            let needed = ["What", "Where", "Type", "Options"].first { text.values($0, in: "Mount").isEmpty }
            return needed.map { "\($0)= is missing" }
        case ".swap": return text.values("What", in: "Swap").isEmpty ? "What= is missing" : nil
        default: return nil
        }
    }

    /// A drop-in that takes the unit's user back would make it root's.
    private func takenBack(_ setting: UnitText.Assignment) -> String? {
        switch (setting.section, setting.key) {
        case ("Service", "User") where setting.value.isEmpty: "it would run as root"
        case ("Service", "DynamicUser") where !UnitText.isTrue(setting.value): "it might run as root"
        default: nil
        }
    }

    private var sections: Set<String> {
        switch unit.suffix {
        case ".service": ["Unit", "Service", "Install"]
        case ".socket": ["Unit", "Socket", "Install"]
        case ".timer": ["Unit", "Timer", "Install"]
        case ".path": ["Unit", "Path", "Install"]
        case ".mount": ["Unit", "Mount", "Install"]
        case ".swap": ["Unit", "Swap", "Install"]
        case ".target": ["Unit", "Install"]
        case ".slice": ["Unit", "Slice", "Install"]
        default: []
        }
    }

    private func violation(_ setting: UnitText.Assignment) throws(SystemCallError) -> String? {
        let (key, value) = (setting.key, setting.value)
        if isDropIn, let words = takenBack(setting) { return words }
        if UnitKeys.harmless(setting) { return nil }
        switch (setting.section, key) {
        case ("Unit", "Requires"), ("Unit", "Wants"), ("Unit", "BindsTo"), ("Unit", "PartOf"), ("Unit", "Requisite"),
            ("Install", "WantedBy"), ("Install", "RequiredBy"), ("Install", "UpheldBy"), ("Install", "Also"),
            ("Timer", "Unit"), ("Path", "Unit"), ("Socket", "Service"), ("Service", "Sockets"):
            return try foreignUnit(in: value)
        case ("Service", "User"): return userViolation(value)
        case ("Service", "Group"): return value.isEmpty || value == caller.name ? nil : "only the group \(caller.name)"
        case ("Service", _) where key.hasPrefix("Exec"): return Self.commandViolation(value)
        case ("Service", "EnvironmentFile"): return try environmentViolation(value)
        case ("Service", "StandardOutput"), ("Service", "StandardError"), ("Service", "StandardInput"):
            return ["", "inherit", "null", "journal", "socket"].contains(value) ? nil : "root would open that for it"
        case ("Service", "PIDFile"):
            return value.hasFirstBytes("/run/") && !value.contains("..") ? nil : "only below /run"
        case ("Service", "RuntimeDirectory"), ("Service", "StateDirectory"), ("Service", "CacheDirectory"),
            ("Service", "LogsDirectory"), ("Service", "ConfigurationDirectory"):
            return try folderViolation(value)
        case ("Service", "AmbientCapabilities"):
            return value.isEmpty || value == "CAP_NET_BIND_SERVICE" ? nil : "only CAP_NET_BIND_SERVICE"
        case ("Socket", _) where key.hasPrefix("Listen"): return Self.listenViolation(key, value)
        case ("Swap", "What"): return value == SwapFile.path ? nil : "only \(SwapFile.path)"
        case ("Mount", _): return try mountViolation(key, value)
        default: return "is not allowed"
        }
    }

    // MARK: Values

    private func foreignUnit(in value: String) throws(SystemCallError) -> String? {
        for word in value.parts(at: " ", omittingEmpty: true).map(String.init) where !UnitKeys.targets.contains(word) {
            guard let name = try? UnitName(word) else { return "\(word) is no unit" }
            if name == unit { continue }
            if try !known.contains(name) { return "\(word) is somebody else's" }
        }
        return nil
    }

    private func userViolation(_ value: String) -> String? {
        value == caller.name || value == "\(caller.user)" || value.isEmpty
            ? nil : "only \(caller.name), who it is written for"
    }

    /// `+` and `!` give a command root's rights whatever `User=` says (systemd.service(5)).
    private static func commandViolation(_ value: String) -> String? {
        let prefix = value.utf8.prefix { "@-:+!|".utf8.contains($0) }
        return prefix.contains(UInt8(ascii: "+")) || prefix.contains(UInt8(ascii: "!")) ? "runs a command as root" : nil
    }

    /// systemd reads it as root.
    private func environmentViolation(_ value: String) throws(SystemCallError) -> String? {
        let path = value.hasFirstBytes("-") ? String(value.dropFirst()) : value
        if path.isEmpty { return nil }
        let parts = path.parts(at: "/")
        guard (try? RootFile(path: path).checkPlace()) != nil, parts.count > 3, !path.contains("*"),
            try !PackageFolders.own("/etc/\(parts[2])")
        else { return "root reads it: only a .env file in a folder of this program's below /etc" }
        return nil
    }

    /// systemd gives it to the unit's user, with all that is in it.
    private func folderViolation(_ value: String) throws(SystemCallError) -> String? {
        guard value == unit.stem, !value.contains("/"), !value.hasPrefix(".") else { return "only \(unit.stem)" }
        for place in ["/run", "/var/lib", "/var/cache", "/var/log", "/etc"] {
            if try PackageFolders.own("\(place)/\(value)") { return "\(place)/\(value) is a package's" }
        }
        return nil
    }

    private static func listenViolation(_ key: String, _ value: String) -> String? {
        guard ["ListenStream", "ListenDatagram", "ListenSequentialPacket"].contains(key) else {
            return "is not allowed"
        }
        let isPath = value.hasFirstBytes("/")
        return !isPath || value.hasFirstBytes("/run/") && !value.contains("..") ? nil : "a socket's path is below /run"
    }

    private func mountViolation(_ key: String, _ value: String) throws(SystemCallError) -> String? {
        switch key {
        case "Type": return value == "btrfs" ? nil : "only btrfs"
        case "Options":
            let options = Set(value.parts(at: ",").map(String.init))
            let allowed: Set = ["loop", "noatime", "nodev", "nosuid", "X-mount.mkdir"]
            return options.isSubset(of: allowed) && options.isSuperset(of: ["nodev", "nosuid"])
                ? nil : "nodev and nosuid are needed, and only \(allowed.sorted().joined(separator: ", ")) are taken"
        case "What":
            guard (try? ImageFile(path: value, label: "x").checkName()) != nil,
                try RootFile.shared(Files.folder(of: value)) == nil
            else { return "only an image in a folder of root's" }
            return nil
        case "Where":
            let parts = value.parts(at: "/").dropFirst().map(String.init)
            let closed = EmptyFolder.foreign.union(["etc", "home", "tmp", "var"])
            guard let first = parts.first, parts.allSatisfy({ !$0.isEmpty && $0 != ".." && $0 != "." }),
                !closed.contains(first)
            else { return "it would cover the system's own" }
            return nil
        default: return "is not allowed"
        }
    }
}
