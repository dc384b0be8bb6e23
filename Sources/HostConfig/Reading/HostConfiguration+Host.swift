import JSON
import Platform

/// The host itself, and how a run goes about it.
extension HostConfiguration {
    mutating func readHost(_ fields: Fields) {
        _ = fields["$schema"]?.string()
        if let version = fields["schema_version"] { readSchemaVersion(version) }
        if let folder = fields["bootstrap_dir"]?.absolutePath() {
            bootstrapDirectory = folder
            checkBootstrapDirectory(fields)
        }
        hostName = fields["host_name"]?.text(.badName, "a host name by RFC 1123", where: Self.isHostName) ?? hostID
        conatURLs = fields["conat_urls"]?.elements("URLs")?.compactMap { $0.address(.messages) } ?? []
        architecture = fields["arch"]?.parsed(.badValue, "\"x86_64\" or \"aarch64\"") { Architecture(name: $0) }
        if let systems = fields["os_release"].flatMap(Self.readSystems) { allowedSystems = systems }
        if let settings = fields["sysctl"] { readSysctl(settings) }
        for setting in HostSetting.allCases {
            hostSettings[setting] = fields[setting.rawValue]?.text(.badName, setting.words, where: setting.isValue)
        }
        users = fields["users"].map(UserSettings.readAll) ?? users
        swapGB = fields["swap_gb"]?.integer(1...1024)
        (caFile, clientCertificate, clientKey) = fields.certificates()
    }

    mutating func readRun(_ fields: Fields) {
        parallel = fields["parallel"]?.boolean() ?? parallel
        if let seconds = fields["step_timeout_seconds"]?.integer(1...86_400) { stepTimeout = .seconds(seconds) }
        for (name, offset, field) in fields["timeouts"]?.entries("an object keyed by step") ?? [] {
            if !Self.isStepID(name) {
                field.findings.add(
                    .badName, at: offset, path: "timeouts",
                    "expected a step's id in kebab case, found \(Quoting.quote(name))")
            }
            stepTimeouts[name] = field.integer(1...86_400).map { .seconds($0) }
        }
        reboot = fields["reboot"]?.choice(RebootPolicy.self) ?? reboot
        minimumFreeDiskGB = fields["minimum_free_disk_gb"]?.integer(0...1 << 20) ?? minimumFreeDiskGB
    }

    mutating func readSysctl(_ field: Field) {
        var files: [String: String] = [:]
        for (name, offset, value) in field.entries("an object keyed by the kernel's setting") ?? [] {
            let path = "sysctl"
            guard let setting = KernelSetting(name) else {
                field.findings.add(
                    .badName, at: offset, path: path,
                    "expected a setting such as net.core.somaxconn, found \(Quoting.quote(name))")
                continue
            }
            if let other = files.updateValue(name, forKey: setting.path), other != name {
                field.findings.add(
                    .contradiction, at: offset, path: path,
                    "\(Quoting.quote(other)) and \(Quoting.quote(name)) are the same setting")
            }
            if case .number = value.value.kind {
                sysctl[setting] = value.integer(Int.min...Int.max).map { "\($0)" }
            } else {
                sysctl[setting] = value.text(.badValue, "one line of text, or a whole number") {
                    KernelSetting.isValue($0)
                }
            }
        }
    }

    private mutating func readSchemaVersion(_ field: Field) {
        guard case .number(let digits) = field.value.kind else { return field.mismatch("1, a version of the schema") }
        guard JSONNumber.whole(digits) == schemaVersion else {
            return field.refuse(
                .badVersion, "expected 1, the one version that this program reads, found \(digits.prefix(24))")
        }
    }

    private func checkBootstrapDirectory(_ fields: Fields) {
        guard !bootstrapRoot.isEmpty else { return }
        guard bootstrapDirectory.lies(beneath: bootstrapRoot) else {
            return fields.contradiction(
                at: fields["bootstrap_dir"], "not beneath \"bootstrap_root\", \(Quoting.quote(bootstrapRoot))")
        }
        for name in ["bin", "bundle", "bundles", "config", "logs"] {
            let other = "\(bootstrapRoot)/\(name)"
            guard bootstrapDirectory == other || bootstrapDirectory.lies(beneath: other) else { continue }
            fields.contradiction(at: fields["bootstrap_dir"], "\(Quoting.quote(other)) holds other things")
        }
    }

    private static func readSystems(_ field: Field) -> [SupportedSystem]? {
        let elements: [Field]?
        if case .string = field.value.kind {
            elements = [field]
        } else {
            elements = field.elements("systems such as \"ubuntu-24.04+\"", minimum: 1)
        }
        return elements?.compactMap { element in
            element.parsed(.badValue, "a system such as \"debian-12\" or \"ubuntu-24.04+\"") { SupportedSystem($0) }
        }
    }

    private static func isHostName(_ text: String) -> Bool {
        WebAddress.isHostName(text[...]) && !text.contains("_") && !text.hasSuffix(".")
    }

    private static func isStepID(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && ByteSet.lowerAlphanumeric.covers($0)
            }
    }
}

extension HostSetting {
    /// What is expected of its value.
    fileprivate var words: String {
        switch self {
        case .hostname: "a host name by RFC 1123 of at most 64 bytes"
        case .timezone: "a time zone such as \"Europe/Berlin\" or \"UTC\""
        case .locale: "a locale such as \"C.UTF-8\" or \"en_GB.UTF-8\""
        }
    }
}
