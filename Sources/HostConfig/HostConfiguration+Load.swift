internal import JSON

extension HostConfiguration {
    /// A longer file is refused unread: 1 MiB.
    public static let sizeLimit = 1 << 20

    /// Reads a config file's bytes: the whole configuration, or everything that is wrong with it.
    ///
    /// Diagnostics call the file what `file` says. Any bytes at all are answered within a second.
    public static func load(_ bytes: [UInt8], file: String) -> Result<HostConfiguration, ConfigurationError> {
        read(bytes, file: file) { read($0, source: bytes) }
    }

    /// A whole host's config; nil when it is no object.
    static func read(_ whole: Field, source: [UInt8]) -> HostConfiguration? {
        whole.fields(fieldNames, expected: "an object, the config").map { read($0, source: source) }
    }

    /// Reads a file that holds one object, by a reader that adds to the findings what is wrong with it.
    static func read<Value>(
        _ bytes: [UInt8], file: String, _ reader: (Field) -> Value?
    ) -> Result<Value, ConfigurationError> {
        guard bytes.count <= sizeLimit else {
            let findings = Findings(SourceText([], file: file))
            findings.add(.tooLarge, at: 0, path: "", "the file is \(bytes.count) bytes long, more than \(sizeLimit)")
            return .failure(ConfigurationError(diagnostics: findings.diagnostics))
        }
        let findings = Findings(SourceText(bytes, file: file))
        let (node, mistakes, isWhole) = JSONNode.survey(bytes)
        for mistake in mistakes { findings.add(mistake) }
        findings.isIncomplete = !isWhole
        let whole = Field(value: node, path: "", findings: findings)
        whole.reportDuplicates()
        let value = reader(whole)
        guard let value, findings.isEmpty else {
            return .failure(ConfigurationError(diagnostics: findings.diagnostics))
        }
        return .success(value)
    }

    static let fieldNames =
        [
            "$schema", "schema_version", "bootstrap_user", "bootstrap_root", "bootstrap_dir", "host_id", "host_name",
            "conat_urls", "arch", "os_release", "parallel", "step_timeout_seconds", "timeouts", "bundle_urls",
            "bundle_checksums", "bundles", "node_version", "node", "apt_packages", "apt", "btrfs_image_target_gb",
            "btrfs", "disks",
            "sysctl", "hostname", "timezone", "locale", "swap_gb", "users", "files", "reboot", "environment_file",
            "environment",
            "units", "services",
            "ssh_tunnel", "hub", "schedule", "agent",
            "keep_versions", "signature_keys", "trust", "data", "requirements",
            "minimum_free_disk_gb",
        ] + Fields.certificateNames

    /// What is wrong with a value goes to the findings; a stand-in takes its place until they are looked at.
    private static func read(_ fields: Fields, source: [UInt8]) -> HostConfiguration {
        let user = fields.required("bootstrap_user")?.name(.user)
        if user == "root" { fields["bootstrap_user"]?.refuse(.badName, "expected a user other than root") }
        var configuration = HostConfiguration(
            user: user ?? "", root: fields.required("bootstrap_root")?.placePath() ?? "",
            hostID: fields.required("host_id")?.name(.host) ?? "", source: source)
        configuration.readHost(fields)
        configuration.readRun(fields)
        configuration.readBundles(fields)
        configuration.readParts(fields)
        return configuration
    }
}
