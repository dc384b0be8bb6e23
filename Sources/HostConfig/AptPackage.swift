/// A Debian package to install.
public struct AptPackage: Sendable, Hashable, CustomStringConvertible {
    /// Its name by Debian's policy, section 5.6.1.
    public let name: String
    /// Its architecture by Debian's name; nil: the system's own.
    public let architecture: String?
    /// The exact version; nil: the newest.
    public let version: String?

    /// Reads `NAME[:ARCHITECTURE][=VERSION]`; nil for what apt-get would take for an option, a file, a pattern or a
    /// removal.
    public init?(_ text: String) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        // A name or version that ends in `-` asks apt-get to remove the package.
        guard NameRule.package.admits(parts[0]), !text.hasSuffix("-") else { return nil }
        if parts.count == 2, !NameRule.packageArchitecture.admits(parts[1]) { return nil }
        if halves.count == 2, !NameRule.packageVersion.admits(halves[1]) { return nil }
        name = String(parts[0])
        architecture = parts.count == 2 ? String(parts[1]) : nil
        version = halves.count == 2 ? String(halves[1]) : nil
    }

    /// As apt-get takes it: `NAME[:ARCHITECTURE][=VERSION]`.
    public var description: String {
        "\(name)\(architecture.map { ":\($0)" } ?? "")\(version.map { "=\($0)" } ?? "")"
    }

    /// The two are one package on a host of that architecture, whatever version each names.
    func isSame(as other: AptPackage, on host: Architecture) -> Bool {
        name == other.name && foreignArchitecture(host) == other.foreignArchitecture(host)
    }

    /// Its architecture; nil for the host's own, and for what fits every one.
    private func foreignArchitecture(_ host: Architecture) -> String? {
        architecture.flatMap { $0 == "all" || Architecture(name: $0) == host ? nil : $0 }
    }
}

/// How apt is to behave.
public struct AptSettings: Sendable, Equatable {
    /// How long to wait for another apt or dpkg to end.
    public internal(set) var lockTimeout = Duration.seconds(300)
    /// Package lists younger than this are not fetched again.
    public internal(set) var listsMaxAge = Duration.seconds(24 * 3600)
    /// Packages that an earlier config brought, and that this one names no more, are removed.
    public internal(set) var removesPackages = false
    /// Where packages come from besides the host's own sources.
    public internal(set) var sources: [AptSourceSettings] = []
    /// Packages that stay in the version that they have.
    public internal(set) var hold: [AptPackage] = []
    /// Packages in files of their own.
    public internal(set) var debs: [AptPackageFile] = []
    /// Packages that must not be there.
    public internal(set) var absent: [AptPackage] = []
}

extension AptPackage {
    /// Reads `apt_packages`; a package listed twice in the same words is taken once.
    static func read(_ field: Field) -> [AptPackage] {
        var packages: [AptPackage] = []
        var byName: [String: AptPackage] = [:]
        for element in field.elements("package names") ?? [] {
            let package = element.parsed(
                .badPackage, "a package as NAME, NAME:ARCHITECTURE or NAME=VERSION"
            ) { AptPackage($0) }
            guard let package else { continue }
            let other = byName.updateValue(package, forKey: "\(package.name):\(package.architecture ?? "")")
            if other == nil { packages.append(package) }
            if let other, other != package {
                element.refuse(.contradiction, "\(Quoting.quote(package.name)) is listed with another version, too")
            }
        }
        return packages
    }
}

extension AptSettings {
    /// Reads `apt`; `packages` are those that the config wants, on a host of that architecture.
    static func read(_ field: Field, besides packages: [AptPackage], on host: Architecture) -> AptSettings {
        var settings = AptSettings()
        let fields = field.fields([
            "lock_timeout_seconds", "lists_max_age_hours", "remove", "sources", "hold", "absent", "debs",
        ])
        let seconds = fields?["lock_timeout_seconds"]?.integer(0...86_400)
        let hours = fields?["lists_max_age_hours"]?.integer(0...8760)
        settings.removesPackages = fields?["remove"]?.boolean() ?? settings.removesPackages
        settings.sources = fields?["sources"].map(AptSourceSettings.readAll) ?? []
        settings.debs = fields?["debs"].map(AptPackageFile.readAll) ?? []
        settings.hold = fields?["hold"].map { readNames($0) { _ in nil } } ?? []
        let held = settings.hold
        settings.absent =
            fields?["absent"].map {
                readNames($0) { package in
                    let isSame = { (other: AptPackage) in other.isSame(as: package, on: host) }
                    if packages.contains(where: isSame) { return "it stands in \"apt_packages\", too" }
                    return held.contains(where: isSame) ? "it stands in \"hold\", too" : nil
                }
            } ?? []
        settings.lockTimeout = seconds.map { .seconds($0) } ?? settings.lockTimeout
        settings.listsMaxAge = hours.map { .seconds($0 * 3600) } ?? settings.listsMaxAge
        return settings
    }

    /// `contradiction` says what else the config wants of a package that cannot be beside this.
    private static func readNames(_ field: Field, _ contradiction: (AptPackage) -> String?) -> [AptPackage] {
        var names: Set<AptPackage> = []
        return (field.elements("package names") ?? []).compactMap { element in
            let package = element.parsed(.badPackage, "a package as NAME or NAME:ARCHITECTURE") { text in
                AptPackage(text).flatMap { $0.version == nil ? $0 : nil }
            }
            guard let package else { return nil }
            if let words = contradiction(package) {
                element.refuse(.contradiction, "\(Quoting.quote(package.description)): \(words)")
            }
            return names.insert(package).inserted ? package : nil
        }
    }
}
