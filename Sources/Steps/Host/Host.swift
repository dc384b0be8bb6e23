import Bundles
public import Engine
public import HostConfig
public import Platform
public import Privileged
public import Transfer

/// The machine as the steps see it: the config, the bootstrap user, the paths, and the ways to act.
public struct Host: Sendable {
    /// What the host must become.
    public let configuration: HostConfiguration
    /// The bootstrap user.
    public let account: Account
    /// The canonical paths.
    public let layout: HostLayout
    /// The machine's processor.
    public let architecture: Architecture
    /// What else the machine is, looked up once.
    let facts: HostFacts
    /// The way to all that needs root.
    public let helper: PrivilegedHelper
    /// What others did to the config's units is taken back.
    let takesOver: Bool
    /// Versions that were rolled back from are taken again.
    let retriesVersions: Bool
    /// How closely it is looked at.
    let inspection: InspectionOptions
    /// What the receipt says of earlier runs; nil when there is none that can be read.
    let past: Receipt?
    /// What this user provisioned beneath other roots.
    let others: OtherRoots
    /// The Node version to install; nil when the config names none.
    private(set) var node: NodeVersion?
    /// The address by which others reach the machine, as far as somebody may want to know.
    var publicAddress = PublicAddress()
    /// What the hub has of the config's secrets.
    var hubSecrets = HubSecrets()
    let store: BundleStore
    let tls: TLSSettings
    let downloader: Downloader
    let fetcher: ArchiveFetcher

    /// Looks up who and what this machine is.
    ///
    /// With `takeOver`, masks and drop-ins that others gave the config's units are taken away; with `retryVersions`, the
    /// versions that the config leads to are used even if they were rolled back.
    public static func look(
        _ configuration: HostConfiguration, takeOver: Bool = false, retryVersions: Bool = false,
        _ inspection: InspectionOptions = InspectionOptions()
    ) async throws(StepFailure) -> Host {
        var host = try await machine(configuration, takeOver, retryVersions, inspection)
        host.node = try await NodeReleases.settled(host)
        host.publicAddress = await PublicAddress.of(host.facts, for: configuration)
        host.hubSecrets = await HubSecrets.of(host)
        return host
    }

    private static func machine(
        _ configuration: HostConfiguration, _ takesOver: Bool, _ retriesVersions: Bool, _ inspection: InspectionOptions
    ) async throws(StepFailure) -> Host {
        do throws(SystemCallError) {
            if let account = try await Account.lookUp(configuration.bootstrapUser) {
                let layout = HostLayout(configuration)
                let (past, others, facts) = await onOwnThread { () throws(Never) in
                    (
                        (try? layout.readReceipt()) ?? nil, OtherRoots.look(besides: layout, home: account.home),
                        HostFacts.current()
                    )
                }
                return Host(
                    configuration, account, layout, past, others, facts, executable: try ProcessStart.executable(),
                    takesOver, retriesVersions, inspection)
            }
        } catch {
            throw StepFailure(error)
        }
        throw StepFailure(Explanation.noUser(configuration.bootstrapUser))
    }

    private init(
        _ configuration: HostConfiguration, _ account: Account, _ layout: HostLayout, _ past: Receipt?,
        _ others: OtherRoots, _ facts: HostFacts, executable: String, _ takesOver: Bool, _ retriesVersions: Bool,
        _ inspection: InspectionOptions
    ) {
        self.inspection = inspection
        self.past = past
        self.others = others
        self.facts = facts
        self.takesOver = takesOver
        self.retriesVersions = retriesVersions
        self.configuration = configuration
        self.account = account
        self.layout = layout
        architecture = configuration.architecture ?? .current
        helper = PrivilegedHelper(executable: executable, proxies: AptProxies(ProxyEnvironment()))
        let roots = configuration.bundles(for: architecture).compactMap { bundle in
            bundle.root.map { (bundle.name, $0) }
        }
        store = BundleStore(
            root: layout.bundles, places: Dictionary(roots) { first, _ in first }, former: past?.bundleFolders ?? [:])
        tls = configuration.tls(trusting: configuration.caFile)
        downloader = Downloader(tls: tls)
        fetcher = ArchiveFetcher(downloader, downloads: layout.downloads)
    }

    /// All that the receipt says is owned, whichever step made it; nothing when there is none that can be read.
    var pastPossessions: [OwnedThing] { (past?.owned.values ?? [:].values).flatMap { $0 } }

    /// The bundles for this machine's processor.
    var bundles: [BundleSource] { configuration.bundles(for: architecture) }

}

extension HostConfiguration {
    /// How the hub is spoken to.
    public var tlsToHub: TLSSettings { tls(trusting: hub?.caFile ?? caFile) }

    /// How servers are spoken to whose certificates are vouched for by this file besides the system's; nil: by those alone.
    public func tls(trusting authorities: String?) -> TLSSettings {
        TLSSettings(extraAuthorities: authorities, clientCertificate: clientCertificate, clientKey: clientKey)
    }
}
