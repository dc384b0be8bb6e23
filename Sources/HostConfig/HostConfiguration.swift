public import Digests
public import Platform

/// What a host is to be: the config file, checked, with a default for all that it leaves out.
public struct HostConfiguration: Sendable, Equatable {
    /// The schema's version that the file is written in.
    public internal(set) var schemaVersion = 1
    /// The Linux user that owns and runs everything; never root.
    public internal(set) var bootstrapUser: String
    /// Absolute path of the folder that holds everything installed.
    public internal(set) var bootstrapRoot: String
    /// Absolute path, beneath ``bootstrapRoot``, of the bootstrap's own log and receipt.
    public internal(set) var bootstrapDirectory: String
    /// The host's identity towards the hub.
    public internal(set) var hostID: String
    /// The host's name; the same as ``hostID`` unless given.
    public internal(set) var hostName: String
    /// Where the host's services find their messages, in order of preference.
    public internal(set) var conatURLs: [WebAddress] = []
    /// The architecture the host must have; nil: whatever it has.
    public internal(set) var architecture: Architecture?
    /// The operating systems of which the host must run one; never empty.
    public internal(set) var allowedSystems = [SupportedSystem("ubuntu-24.04+")].compactMap(\.self)
    /// Steps that do not need each other run at the same time.
    public var parallel = true
    /// How long a step may take.
    public internal(set) var stepTimeout = Duration.seconds(1800)
    /// The same for single steps, by their id.
    public internal(set) var stepTimeouts: [String: Duration] = [:]
    /// The bundles that hosts are to have: project-host, project and tools, and then the others in the file's order.
    public internal(set) var bundleSlots: [BundleSlot] = []
    /// The keys of which one must have made the signature of a bundle that is to be signed.
    public internal(set) var signatureKeys: [Minisign.PublicKey] = []
    /// What it says of itself when it is signed.
    public internal(set) var trust = TrustSettings()
    /// How many healthy versions of a bundle to keep, the one in use among them.
    public internal(set) var keepVersions = 3
    /// The Node.js to install; nil: none.
    public internal(set) var node: NodeRuntime?
    /// The Debian packages to install.
    public internal(set) var aptPackages: [AptPackage] = []
    /// How apt is to behave.
    public internal(set) var apt = AptSettings()
    /// What the kernel's settings are to be, now and at each boot.
    public internal(set) var sysctl: [KernelSetting: String] = [:]
    /// The machine's name, time zone and language; what is not in it stays as it is.
    public internal(set) var hostSettings: [HostSetting: String] = [:]
    /// Whether a run may boot the host anew.
    public internal(set) var reboot = RebootPolicy.never
    /// Users that the host is to have, besides the one who runs everything.
    public internal(set) var users: [UserSettings] = []
    /// Files of the config's own in places of the system's.
    public internal(set) var files: [FileSettings] = []
    /// The size of the host's swap file in GiB; nil: none.
    public internal(set) var swapGB: Int?
    /// Disks for data, to be mounted.
    public internal(set) var disks: [DiskSettings] = []
    /// The btrfs image to make and mount; nil: none.
    public internal(set) var btrfs: BtrfsImage?
    /// The folders to fill from archives when their files are missing.
    public internal(set) var data: [DataEntry] = []
    /// How what the bundles require is met.
    public internal(set) var requirements: RequirementSettings
    /// Where the services' environment is written.
    public internal(set) var environmentFile = "/etc/cocalc/project-host.env"
    /// The services' environment; any value may be a secret, so all are treated as such.
    public internal(set) var environment: [String: Secret] = [:]
    /// The services to run, in the file's order.
    public internal(set) var services: [Service] = []
    /// The tunnel to keep open; nil: none.
    public internal(set) var sshTunnel: SSHTunnel?
    /// Where progress is reported; nil: nowhere.
    public internal(set) var hub: HubEndpoint?
    /// How often the host looks at itself; nil: when somebody runs it.
    public internal(set) var schedule: ScheduleSettings?
    /// The agents that hosts are to be run by; whichever runs, for an architecture that is not in it.
    public internal(set) var agent: [Architecture: AgentSource] = [:]
    /// Absolute path of certificates that downloads trust besides the system's.
    public internal(set) var caFile: String?
    /// Absolute path of the certificate that this host shows to servers that ask for one; nil: none.
    public internal(set) var clientCertificate: String?
    /// Absolute path of its key; nil: in the certificate's file.
    public internal(set) var clientKey: String?
    /// Preflight wants this much disk space free, in GiB, before anything is downloaded.
    public internal(set) var minimumFreeDiskGB = 2
    /// The exact bytes of the file; they may hold secrets.
    public let source: [UInt8]
    /// The signatures that it was held to, byte for byte; nil when it was held to none.
    public var signature: [UInt8]?
    /// SHA-256 of ``source``.
    public let digest: Digest

    init(user: String, root: String, hostID: String, source: [UInt8]) {
        bootstrapUser = user
        bootstrapRoot = root
        bootstrapDirectory = "\(root)/bootstrap"
        self.hostID = hostID
        hostName = hostID
        requirements = RequirementSettings(folder: "\(root)/data")
        self.source = source
        digest = Digest.of(source)
    }

    /// The bundles to install on a host of that architecture, in their order.
    public func bundles(for architecture: Architecture) -> [BundleSource] {
        bundleSlots.compactMap { $0.source(for: architecture) }
    }

    /// The agent that a host of this machine's kind is to be run by; nil: whichever runs.
    public var agentHere: AgentSource? { agent[architecture ?? .current] }

    /// Those of any architecture.
    var allBundles: [BundleSource] { bundleSlots.flatMap(\.distinct) }
}

extension HostConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The host and the file's digest; neither this nor a dump holds what the file says.
    public var description: String { "configuration of \(hostID) (sha256 \(digest.hex))" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing but ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["host": hostID, "digest": digest.hex]) }
}
