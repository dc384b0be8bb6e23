internal import Systemd

/// What is installed and run besides bundles.
extension HostConfiguration {
    mutating func readParts(_ fields: Fields) {
        node = NodeRuntime.read(fields)
        aptPackages = fields["apt_packages"].map(AptPackage.read) ?? aptPackages
        apt =
            fields["apt"].map { AptSettings.read($0, besides: aptPackages, on: architecture ?? .current) } ?? apt
        disks = fields["disks"].map(DiskSettings.readAll) ?? disks
        btrfs = BtrfsImage.read(fields, root: bootstrapRoot)
        checkDisks(fields)
        data = fields["data"].map(DataEntry.readAll) ?? data
        requirements = RequirementSettings.read(fields["requirements"], root: bootstrapRoot)
        readEnvironment(fields)
        let bundles = BundleNames(
            all: Set(["bundle_urls", "bundles"].flatMap { fields[$0]?.entries("")?.map(\.name) ?? [] }),
            unvouched: Set(allBundles.filter { !$0.isVouchedFor }.map(\.name)))
        services = Service.readAll(
            ["units", "services"].compactMap { fields[$0] }, bundles: bundles, owner: bootstrapUser)
        let names = Set(services.compactMap { (try? UnitName($0.unit))?.shortName })
        files = fields["files"].map { FileSettings.readAll($0, bundles: bundles, services: names) } ?? files
        if files.contains(where: { $0.path == environmentFile }) {
            fields.contradiction(
                at: fields["files"],
                "\(Quoting.quote(environmentFile)) is the services' environment, which \"environment\" gives")
        }
        sshTunnel = fields["ssh_tunnel"].flatMap(SSHTunnel.read)
        hub = fields["hub"].flatMap(HubEndpoint.read)
        schedule = fields["schedule"].flatMap { ScheduleSettings.read($0, hub: hub) }
        agent = fields["agent"].flatMap(AgentSource.readAll) ?? agent
        checkUnitNames(fields)
        checkPlaces(fields)
        checkBundleRoots(fields)
        checkHubSecrets(fields)
    }

    /// A unit of the config would be another's in the same place.
    private func checkUnitNames(_ fields: Fields) {
        let made =
            (schedule == nil ? [] : [ScheduleSettings.service, ScheduleSettings.timer].map { ($0, "schedule") })
            + (sshTunnel == nil ? [] : [(SSHTunnel.unit, "ssh_tunnel")])
        for (unit, field) in made where services.contains(where: { $0.unit == unit }) {
            fields.contradiction(at: fields[field], "makes \(unit), which is also a unit of the config")
        }
    }

    private mutating func readEnvironment(_ fields: Fields) {
        let file = fields["environment_file"]?.text(.badPath, "a path beneath /etc that ends in \".env\"") {
            $0.isNormalAbsolutePath && $0.lies(beneath: "/etc") && $0.hasSuffix(".env") && !$0.hasSuffix("/.env")
        }
        environmentFile = file ?? environmentFile
        for (name, offset, field) in fields["environment"]?.entries("an object keyed by variable") ?? [] {
            // A bad name is not quoted: it may be a secret whose place was mistaken.
            guard NameRule.variable.admits(name) else {
                field.findings.add(.badName, at: offset, path: "environment", "expected \(NameRule.variable.expected)")
                continue
            }
            environment[name] = field.secret(allowingEmpty: true)
        }
    }
}
