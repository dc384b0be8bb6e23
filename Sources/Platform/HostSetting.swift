internal import Glibc

/// What a machine is told about itself: its name, its time zone, its language.
public enum HostSetting: String, Sendable, Codable, CaseIterable {
    /// hostname(5) and hosts(5).
    case hostname
    /// localtime(5).
    case timezone
    /// locale.conf(5), of which it is `LANG`.
    case locale

    /// What stands for a setting that nobody made.
    public static let unset = "none"

    /// Where each lies.
    public static let hostnameFile = "/etc/hostname", hostsFile = "/etc/hosts"
    /// The link that systemd reads, and the file that Debian's older programs read.
    public static let zoneLink = "/etc/localtime", zoneFile = "/etc/timezone"
    /// Where the time zones are, from the package tzdata.
    public static let zones = "/usr/share/zoneinfo"
    /// Debian's own place until 12; from then on a link to the other.
    public static let olderLocaleFile = "/etc/default/locale", localeFile = "/etc/locale.conf"

    /// A value has the form that the setting asks for, whatever there is of it on this host.
    public func isValue(_ text: String) -> Bool {
        switch self {
        // 64: HOST_NAME_MAX, gethostname(2).
        case .hostname:
            (1...64).contains(text.utf8.count)
                && text.parts(at: ".").allSatisfy { label in
                    (1...63).contains(label.utf8.count) && label.isAlphanumeric(or: "-")
                        && !label.hasPrefix("-") && !label.hasSuffix("-")
                }
        case .timezone:
            (1...100).contains(text.utf8.count)
                && text.parts(at: "/").allSatisfy { part in
                    !part.isEmpty && part.isAlphanumeric(or: "-_+") && !part.hasPrefix("-")
                }
        // As locale(1) lists them: C, C.UTF-8, en_GB.UTF-8, ca_ES.UTF-8@valencia.
        case .locale:
            (1...64).contains(text.utf8.count) && text.isAlphanumeric(or: "-_.@")
                && text.prefix(1).isAlphanumeric()
        }
    }

    /// What it is at each boot; ``unset`` when nobody said.
    ///
    /// Blocks.
    public func lasting() throws(SystemCallError) -> String {
        switch self {
        case .hostname: return try Self.firstWord(Self.hostnameFile) ?? Self.unset
        case .timezone:
            guard let target = try Files.linkTarget(Self.zoneLink) else {
                return try Self.firstWord(Self.zoneFile) ?? Self.unset
            }
            return target.firstRange(of: "/zoneinfo/").map { String(target[$0.upperBound...]) } ?? Self.unset
        case .locale:
            return EnvironmentLines(try Files.text(try Self.localePlace()) ?? "").value("LANG") ?? Self.unset
        }
    }

    /// What it is in words, now or at the next boot; nil when it is as wanted in both.
    ///
    /// Blocks.
    public func found(insteadOf wanted: String) throws(SystemCallError) -> String? {
        let lasting = try lasting()
        if lasting != wanted { return lasting }
        switch self {
        case .hostname:
            let now = Self.runningName()
            if now != wanted { return "\(now) until the next boot" }
            return HostsText(try Files.text(Self.hostsFile) ?? "").names(wanted) ? nil : "not in \(Self.hostsFile)"
        case .timezone:
            if try Files.linkTarget(Self.zoneLink) == nil { return "no link \(Self.zoneLink)" }
            let named = try Self.firstWord(Self.zoneFile)
            return named == nil || named == wanted ? nil : "\(named ?? "") in \(Self.zoneFile)"
        case .locale: return try LocaleArchive.isThere(wanted) ? nil : "not generated"
        }
    }

    /// The file in which `LANG` is set on this host.
    ///
    /// Blocks.
    public static func localePlace() throws(SystemCallError) -> String {
        try FileStatus.of(olderLocaleFile)?.kind == .file ? olderLocaleFile : localeFile
    }

    /// The machine's name until the next boot.
    public static func runningName() -> String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func firstWord(_ path: String) throws(SystemCallError) -> String? {
        let lines = (try Files.text(path) ?? "").byteLines.map { $0.filter { !$0.isWhitespace } }
        return lines.first { !$0.isEmpty && !$0.hasPrefix("#") }.map { String($0) }
    }
}
