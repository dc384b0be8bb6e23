internal import Glibc
internal import Platform

/// What root is asked for when the machine is to have another name, time zone or language.
struct HostSettings {
    let setting: HostSetting
    /// What it is to be; ``HostSetting/unset`` takes it away.
    let value: String

    /// Sets it, now and for each boot.
    func set() async throws(PrivilegedError) {
        guard value == HostSetting.unset || setting.isValue(value) else {
            throw .refused(what: "it is no \(setting.rawValue)", place: value, hint: "correct it in the config")
        }
        let wanted = value == HostSetting.unset ? nil : value
        switch setting {
        case .hostname: try await asRequest(beneath: ["/etc"]) { () throws(SystemCallError) in try Self.name(wanted) }
        case .timezone:
            if let wanted { try await checkZone(wanted) }
            try await asRequest(beneath: ["/etc"]) { () throws(SystemCallError) in try Self.zone(wanted) }
        case .locale:
            if let wanted { try await generate(wanted) }
            try await asRequest(beneath: ["/etc"]) { () throws(SystemCallError) in try Self.language(wanted) }
        }
    }

    private static func name(_ wanted: String?) throws(SystemCallError) {
        // First found under the new name, then called by it: sudo looks the machine's own name up.
        let hosts = try Files.text(HostSetting.hostsFile) ?? ""
        let naming = HostsText(hosts).naming(wanted)
        if naming != hosts { try write(naming, to: HostSetting.hostsFile) }
        guard let wanted else { return try Files.remove(HostSetting.hostnameFile) }
        try write("\(wanted)\n", to: HostSetting.hostnameFile)
        guard sethostname(wanted, wanted.utf8.count) == 0 else {
            throw SystemCallError("sethostname", wanted, code: errno)
        }
    }

    private func checkZone(_ wanted: String) async throws(PrivilegedError) {
        let path = "\(HostSetting.zones)/\(wanted)"
        let isThere = try await asRequest(beneath: []) { () throws(SystemCallError) in
            try FileStatus.of(path, followingLink: true)?.kind == .file
        }
        guard !isThere else { return }
        throw .refused(
            what: "this host knows no such time zone", place: wanted,
            hint: "timedatectl list-timezones tells them; \"tzdata\" in \"apt_packages\" brings them")
    }

    private static func zone(_ wanted: String?) throws(SystemCallError) {
        guard let wanted else { return try Files.remove(HostSetting.zoneLink) }
        // Relative, as timedatectl(1) makes it: it holds in another root, too.
        try Files.replaceLink(HostSetting.zoneLink, target: "..\(HostSetting.zones)/\(wanted)")
        if try FileStatus.of(HostSetting.zoneFile) != nil { try write("\(wanted)\n", to: HostSetting.zoneFile) }
    }

    /// What the host's programs cannot load they silently do without.
    private func generate(_ wanted: String) async throws(PrivilegedError) {
        let list = "/etc/locale.gen", supported = "/usr/share/i18n/SUPPORTED", program = "/usr/sbin/locale-gen"
        if try await isGenerated(wanted) { return }
        let known = try await asRequest(beneath: []) { () throws(SystemCallError) in try Files.text(supported) }
        guard let known, Files.isAccessible(program, X_OK) else {
            throw .refused(
                what: "this host has no such locale, and nothing to generate it with", place: wanted,
                hint: "name \"locales\" in \"apt_packages\"; C.UTF-8 is there without")
        }
        // The list is everybody's: a line that locale-gen cannot make would stop all others.
        guard let line = known.byteLines.first(where: { $0.hasFirstBytes("\(wanted) ") }) else {
            throw .refused(
                what: "there is no such locale", place: wanted,
                hint: "grep '^\(wanted.prefix(5))' \(supported) tells how it is spelt")
        }
        try await asRequest(beneath: ["/etc"]) { () throws(SystemCallError) in
            let text = try Files.text(list) ?? ""
            guard !text.byteLines.contains(where: { $0.hasSameBytes(as: line) }) else { return }
            let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
            try Self.write("\(text)\(end)\(line)\n", to: list)
        }
        let result: CommandResult
        do throws(SystemCallError) { result = try await Subprocess.run(Command(program, [])) } catch {
            throw .failed(error.explanation)
        }
        guard result.succeeded, try await isGenerated(wanted) else {
            throw .refused(
                what: "locale-gen did not make it: \(result.errors.suffix(300))", place: wanted,
                hint: "see what it says by hand: sudo \(program)")
        }
    }

    private func isGenerated(_ wanted: String) async throws(PrivilegedError) -> Bool {
        try await asRequest(beneath: []) { () throws(SystemCallError) in try LocaleArchive.isThere(wanted) }
    }

    private static func language(_ wanted: String?) throws(SystemCallError) {
        let place = try HostSetting.localePlace()
        let text = EnvironmentLines(try Files.text(place) ?? "").setting("LANG", to: wanted)
        if text.isEmpty { try Files.remove(place) } else { try write(text, to: place) }
        // What reads Debian's older place finds it, too.
        let older = HostSetting.olderLocaleFile
        if place != older, wanted != nil, try FileStatus.of(older) == nil {
            try Files.replaceLink(older, target: "../locale.conf")
        }
        if place != older, wanted == nil, try Files.linkTarget(older) == "../locale.conf",
            try FileStatus.of(place) == nil
        {
            try Files.remove(older)
        }
    }

    private static func write(_ text: String, to path: String) throws(SystemCallError) {
        try Files.replace(path, with: Array(text.utf8), mode: 0o644, owner: (0, 0))
    }
}
