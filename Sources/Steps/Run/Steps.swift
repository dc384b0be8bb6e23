import HostConfig
public import Engine
import Systemd

/// What there is to do on a host, and what needs what.
public enum Steps {
    /// The step by which another agent takes the place of the one in use.
    public static let agentUpdate = AgentReplacement.name

    /// The graph of a config's steps, in the order in which `--no-parallel` runs them.
    public static func graph(for host: Host) throws(GraphError) -> Graph {
        // What a config asks for decides what left it.
        let orphans = Orphans(host.past, notWantedBy: wanted(host, .none))
        return try Graph(wanted(host, orphans))
    }

    private static func wanted(_ host: Host, _ orphans: Orphans) -> [any Step] {
        var steps: [any Step] = [Layout(host)]
        if let secrets = HubSecretCopies(host) { steps.append(secrets) }
        steps.append(EnvironmentFiles(host))
        let removal = Removal(early: orphans, host)
        if let removal { steps.append(removal) }
        if host.configuration.schedule != nil || host.configuration.agentHere != nil {
            steps.append(AgentProgram(host))
        }
        if !host.configuration.sysctl.isEmpty { steps.append(Sysctl(host)) }
        if !host.configuration.apt.sources.isEmpty { steps.append(AptSources(host, after: removal?.id)) }
        if !host.configuration.aptPackages.isEmpty { steps.append(AptPackages(host)) }
        let debs = AptDebs(host)
        if !host.configuration.apt.debs.isEmpty { steps.append(debs) }
        if !host.configuration.apt.hold.isEmpty { steps.append(AptHolds(host)) }
        if !host.configuration.apt.absent.isEmpty { steps.append(AptAbsent(host, besides: debs)) }
        if !host.configuration.hostSettings.isEmpty { steps.append(HostSettings(host)) }
        if let users = Users(host) { steps.append(users) }
        steps += host.bundles.map { BundleInstallation($0, host) }
        if !host.bundles.isEmpty { steps.append(BundleLinks(host)) }
        // Some of them may come from bundles.
        if !host.configuration.files.isEmpty { steps.append(HostFiles(host)) }
        if let settings = host.configuration.node, let node = host.node {
            steps.append(NodeRuntime(settings, node, host))
        }
        if let capabilities = Capabilities(host) { steps.append(capabilities) }
        for disk in host.configuration.disks where disk.name != host.configuration.btrfs?.disk {
            guard let place = disk.mountPoint else { continue }
            steps.append(DataDisk(disk, at: place, host, after: removal?.id))
        }
        if let image = host.configuration.btrfs { steps.append(BtrfsImage(image, host, after: removal?.id)) }
        if let gigabytes = host.configuration.swapGB { steps.append(Swap(gigabytes, host, after: removal?.id)) }
        if !host.bundles.isEmpty, host.configuration.requirements.isEnabled { steps.append(Requirements(host)) }
        let data = host.configuration.data.map { (entry: $0, step: DataHydration($0, host)) }
        steps += data.map(\.step)
        let background = Set(data.filter(\.entry.isInBackground).map(\.step.id))
        let ground = Set(steps.map(\.id)).subtracting(background)
        let services = ServiceSpecification.all(host)
        if !services.isEmpty {
            steps.append(UnitFiles(services, host, needs: ground))
            // A socket is opened before the service behind it runs.
            let sockets = services.filter { $0.unit.suffix == ".socket" }
            let rest = services.filter { $0.unit.suffix != ".socket" }
            steps += (sockets + rest).map { Service($0, among: services, host) }
        }
        if let removal = Removal(late: orphans, after: Set(steps.map(\.id)), host, besides: debs) {
            steps.append(removal)
        }
        if let former = FormerRoots(host, besides: steps) { steps.append(former) }
        if !host.bundles.isEmpty { steps.append(BundleVersions(host, needs: Set(steps.map(\.id)))) }
        if let update = AgentReplacement(host, needs: Set(steps.map(\.id))) { steps.append(update) }
        if host.configuration.reboot == .ifRequired { steps.append(Reboot(needs: Set(steps.map(\.id)))) }
        steps.append(Finish(host, needs: Set(steps.map(\.id))))
        return steps
    }
}
