internal import Platform

/// What is surely wrong with a unit's text, without a host to ask.
///
/// Only what systemd refuses or ignores is told: the rules are those of systemd's own `service_verify` and its like.
extension UnitText {
    /// The mistakes in a text, in the order of its lines.
    public static func mistakes(in text: String, of unit: UnitName) -> [UnitMistake] {
        let read = UnitText(text)
        var found = read.strayLines + read.unknownSections(unit)
        switch unit.suffix {
        case ".service": found += read.serviceMistakes()
        case ".timer":
            let keys = [
                "OnActiveSec", "OnBootSec", "OnStartupSec", "OnUnitActiveSec", "OnUnitInactiveSec", "OnCalendar",
                "OnClockChange", "OnTimezoneChange",
            ]
            found += read.withoutAny(
                "Timer", "no setting says when (OnCalendar=, OnBootSec= or the like)", keys.contains)
        case ".socket":
            found += read.withoutAny("Socket", "nothing to listen on (ListenStream= or the like)") {
                $0.hasPrefix("Listen")
            }
        case ".path":
            let keys = ["PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty"]
            found += read.withoutAny("Path", "no path to watch (PathChanged= or the like)", keys.contains)
        case ".mount": found += read.mountMistakes(unit)
        default: break
        }
        return found.sorted { $0.line < $1.line }
    }

    /// The mistakes in a drop-in's text, in the order of its lines: what it does not say stands in the unit's own.
    public static func mistakes(inDropIn text: String, of unit: UnitName) -> [UnitMistake] {
        let read = UnitText(text)
        var found = read.strayLines + read.unknownSections(unit)
        if unit.suffix == ".service" { found += read.settingMistakes() }
        return found.sorted { $0.line < $1.line }
    }

    /// What a user's own systemd does not do, in a unit's text or a drop-in's.
    public static func mistakes(inUsers text: String) -> [UnitMistake] {
        let read = UnitText(text)
        let others = ["User", "Group", "SupplementaryGroups", "DynamicUser"].flatMap { key in
            ["Service", "Socket"].flatMap { read.set(key, in: $0) }
        }
        let targets = ["WantedBy", "RequiredBy", "UpheldBy"].flatMap { read.set($0, in: "Install") }
        let absent = targets.filter { assignment in
            assignment.value.parts(at: " ").contains { Self.machinesTargets.contains(String($0)) }
        }
        return
            (others.map {
                UnitMistake(line: $0.line, words: "\($0.key)= is root's to use: a user's own unit runs as that user")
            }
            + absent.map {
                UnitMistake(
                    line: $0.line,
                    words: "a user's own systemd never comes to \($0.value): default.target is what it starts with",
                    isFatal: false)
            }).sorted { $0.line < $1.line }
    }

    /// Those that people have units of the machine's wanted by, and that no user's systemd has (systemd.special(7)).
    private static let machinesTargets: Set<String> = [
        "multi-user.target", "graphical.target", "network.target", "network-online.target", "sysinit.target",
        "local-fs.target", "rescue.target",
    ]

    private func unknownSections(_ unit: UnitName) -> [UnitMistake] {
        let own = unit.suffix.dropFirst()
        let known = ["Unit", "Install", own.prefix(1).uppercased() + own.dropFirst()]
        return sections.filter { !known.contains($0.name) && !$0.name.hasPrefix("X-") }.map { name, line in
            let names = known.map { "[\($0)]" }.joined(separator: ", ")
            return UnitMistake(
                line: line, words: "[\(name)] is no section of a \(unit.suffix) unit, which has \(names)",
                isFatal: false)
        }
    }

    private func withoutAny(_ section: String, _ words: String, _ isOne: (String) -> Bool) -> [UnitMistake] {
        if assignments.contains(where: { $0.section == section && isOne($0.key) }) { return [] }
        return [UnitMistake(line: sections.first { $0.name == section }?.line ?? 1, words: words)]
    }

    private func mountMistakes(_ unit: UnitName) -> [UnitMistake] {
        var found = ["What", "Where"].flatMap { key in withoutAny("Mount", "\(key)= is missing") { $0 == key } }
        if let place = set("Where", in: "Mount").last, let name = try? UnitName.mount(at: place.value), name != unit {
            found.append(UnitMistake(line: place.line, words: "a mount there is called \(name), and not \(unit)"))
        }
        return found
    }

    private func serviceMistakes() -> [UnitMistake] {
        let start = set("ExecStart", in: "Service")
        let given = set("Type", in: "Service").last
        let type = serviceType
        let restart = set("Restart", in: "Service").last
        var found = settingMistakes()
        if type == "oneshot", let restart, ["always", "on-success"].contains(restart.value) {
            found.append(UnitMistake(line: restart.line, words: "Type=oneshot may not have Restart=\(restart.value)"))
        }
        if type == "dbus", values("BusName", in: "Service").isEmpty {
            found.append(UnitMistake(line: given?.line ?? 1, words: "Type=dbus needs BusName="))
        }
        if start.count > 1, type != "oneshot", Self.types.contains(type) {
            found.append(UnitMistake(line: start[1].line, words: "only Type=oneshot may have more than one ExecStart="))
        }
        if start.isEmpty { found += missingStart(type) }
        return found
    }

    /// What is wrong with single settings of a service, whatever the others say.
    private func settingMistakes() -> [UnitMistake] {
        let commands = assignments.filter { $0.section == "Service" && Self.commands.contains($0.key) }
        return unknownChoice(set("Type", in: "Service").last, Self.types)
            + unknownChoice(set("Restart", in: "Service").last, Self.restarts) + commands.flatMap(\.commandMistakes)
    }

    private func missingStart(_ type: String) -> [UnitMistake] {
        let isAsked = { (key: String) in !values(key, in: "Service").isEmpty }
        let ends = !values("SuccessAction", in: "Unit").isEmpty
        // systemd.service(5): a oneshot may do its work when it is stopped.
        if type == "oneshot", ends || isAsked("ExecStop") && isTrue("RemainAfterExit", in: "Service") { return [] }
        return [UnitMistake(line: sections.first { $0.name == "Service" }?.line ?? 1, words: "there is no ExecStart=")]
    }

    private func unknownChoice(_ assignment: Assignment?, _ choices: [String]) -> [UnitMistake] {
        guard let assignment, !choices.contains(assignment.value) else { return [] }
        return [
            UnitMistake(
                line: assignment.line,
                words: "\(assignment.key)= is none of \(choices.joined(separator: ", "))", isFatal: false)
        ]
    }

    private static let types = ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"]
    private static let restarts = [
        "no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog",
    ]
    private static let commands = [
        "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost",
    ]
}

extension UnitText.Assignment {
    /// A quote that is not closed, a program that is neither a name nor an absolute path.
    fileprivate var commandMistakes: [UnitMistake] {
        var quote: UInt8?
        var isEscaped = false
        for byte in value.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
        }
        if quote != nil { return [UnitMistake(line: line, words: "a quote in \(key)= is not closed")] }
        let program = value.drop { "@-:+!|".contains($0) }.prefix { $0 != " " && $0 != "\t" }
        // What systemd or a template fills in is not known here.
        guard program.contains("/"), !program.contains(where: { "%@\"'\\".contains($0) }), !program.hasPrefix("/")
        else {
            return []
        }
        // With a `-` systemd goes on without it; a service of which that is the program has none then.
        let mayLack = key != "ExecStart" && value.prefix { "@-:+!|".contains($0) }.contains("-")
        return [UnitMistake(line: line, words: "the program of \(key)= has no absolute path", isFatal: !mayLack)]
    }
}
