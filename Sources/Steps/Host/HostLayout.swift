public import HostConfig

/// The canonical paths beneath the bootstrap root.
public struct HostLayout: Sendable, Equatable {
    /// The bootstrap root itself.
    public let root: String
    /// The agent's own folder, `root/bootstrap` unless the config says otherwise.
    public let bootstrap: String

    /// Derives every path from the two that the config names.
    public init(root: String, bootstrap: String) {
        self.root = root
        self.bootstrap = bootstrap
    }

    /// That of a config.
    public init(_ configuration: HostConfiguration) {
        self.init(root: configuration.bootstrapRoot, bootstrap: configuration.bootstrapDirectory)
    }

    /// Programs and the env helper.
    public var bin: String { "\(root)/bin" }
    /// Installed bundles, `NAME/VERSION` each.
    public var bundles: String { "\(root)/bundles" }
    /// The config in force.
    public var config: String { "\(root)/config" }
    /// The agent's log.
    public var logs: String { "\(root)/logs" }
    /// The link to the chosen project-host version.
    public var bundleLink: String { "\(root)/bundle" }
    /// What was done, when, from which config.
    public var receipt: String { "\(bootstrap)/state.json" }
    /// What is known of trees that were unpacked outside of `bundles`.
    var records: String { "\(bootstrap)/records" }
    /// Held by one run at a time.
    public var lock: String { "\(bootstrap)/lock" }
    /// Reports that the hub does not have yet.
    public var spool: String { "\(bootstrap)/hub-spool" }
    /// What a host that looks at itself fetched and found.
    public var pull: String { "\(bootstrap)/pull" }
    /// What it found last.
    public var lastLook: String { "\(pull)/last.json" }
    /// What the hub gave of the config's secrets.
    var secrets: String { "\(bootstrap)/secrets" }
    /// The last value of one of them.
    func secret(_ name: String) -> String { "\(secrets)/\(name)" }
    /// Archives on their way to be unpacked.
    public var downloads: String { "\(bootstrap)/downloads" }
    /// The structured log, one JSON object a line.
    public var log: String { "\(logs)/bootstrap.log" }
    /// The copy of the config in force.
    public var configInForce: String { "\(config)/bootstrap.json" }
    /// What the copy was signed with, so that it can be planned by and applied again.
    public var configSignature: String { "\(configInForce).minisig" }
    /// Exists only while the last run ended well.
    public var doneMarker: String { "\(root)/.bootstrap_done" }

    /// The folders of the layout with their modes: what may hold secrets is the owner's alone.
    var folders: [(path: String, mode: UInt32)] {
        [
            (root, 0o755), (bin, 0o755), (bootstrap, 0o700), (bundles, 0o755), (config, 0o700), (logs, 0o750),
            (downloads, 0o700), (spool, 0o700),
        ]
    }
}
