internal import Database
public import Platform

/// A hub that answers on a port until it is stopped.
public final class HubServer: Sendable {
    /// Where it listens, with the port that the kernel chose.
    public let url: HubURL
    private let http: HTTPServer
    private let live: LiveUpdates
    private let intake: ReportIntake
    private let others: OtherHubs?
    private let audit: AuditLog
    private let verifier: PasswordVerifier
    private let mover: RolloutMover

    /// Listens and serves, on a socket that listens already if it is given one; with TLS if there is a certificate.
    ///
    /// `names` are those that it is called by besides this machine's; a request for another is not answered without TLS.
    /// `proxy` is believed in who asks. `onFailure` is told of every failure that is the hub's own, `onWarning` of what somebody should look at, from any
    /// thread.
    public convenience init(
        _ hub: Hub, on address: ListenAddress, taking open: Int32? = nil, tls: TLSFiles? = nil, names: [String] = [],
        proxy: TrustedProxy? = nil, onWarning: @escaping @Sendable (String) -> Void = { _ in },
        onFailure: @escaping @Sendable (Explanation) -> Void
    ) throws(HubError) {
        try self.init(
            hub, on: address, taking: open, tls: tls, names: names, proxy: proxy, limits: Limits(),
            onWarning: onWarning,
            onFailure: onFailure)
    }

    /// What hosts, watchers and uploads may cost together.
    struct Limits {
        var reports = ReportRateLimit.Limits()
        var watchers = 1000
        /// Bytes that uploads which are under way may come to; one is always taken.
        var uploads = 1 << 30
        var sessions = HubStore.SessionLimits()
        /// In half seconds: how often it is seen whether a watcher is there, and still may watch.
        var pingEvery = 30
        /// How often it is seen whether roll-outs can go on.
        var rolloutsEvery = Duration.seconds(2)
    }

    init(
        _ hub: Hub, on address: ListenAddress, taking open: Int32? = nil, tls: TLSFiles? = nil, names: [String] = [],
        proxy: TrustedProxy? = nil, limits: Limits, onWarning: @escaping @Sendable (String) -> Void = { _ in },
        onFailure: @escaping @Sendable (Explanation) -> Void
    ) throws(HubError) {
        let artifacts: ArtifactRoute
        do throws(SystemCallError) { artifacts = try ArtifactRoute(hub.folder, store: hub.store) } catch {
            throw .system(error)
        }
        let deltas = try DeltaService(
            try DeltaSettings.ofEnvironment(data: hub.folder.path), store: hub.store, onWarning: onWarning)
        try hub.folder.remember(workDirectory: deltas.settings.root)
        let socket = if let open { try ListenSocket.taken(open) } else { try ListenSocket.open(address) }
        var listening = socket.address
        listening.isSecure = tls != nil
        let live = LiveUpdates(store: hub.store, most: limits.watchers, pingEvery: limits.pingEvery),
            metrics = Metrics()
        let audit = AuditLog(store: hub.store, onFailure: onFailure)
        let proof = HostProof(store: hub.store, audit: audit)
        let access = Access(store: hub.store, proxy: proxy, sessions: limits.sessions)
        let intake = try ReportIntake(store: hub.store), verifier = try PasswordVerifier()
        self.live = live
        self.intake = intake
        self.audit = audit
        self.verifier = verifier
        mover = RolloutMover(store: hub.store, every: limits.rolloutsEvery, onFailure: onFailure)
        do throws(SystemCallError) {
            try live.start()
            try audit.start()
            try mover.start()
            others = try hub.store.server.map { (server) throws(SystemCallError) in
                try OtherHubs(on: server, store: hub.store, live: live)
            }
        } catch { throw .system(error) }
        let router = Router(
            access: access, hosts: HostsRoute(store: hub.store, live: live, access: access),
            reports: ReportRoute(
                proof: proof, intake: intake, live: live, rateLimit: ReportRateLimit(limits.reports),
                metrics: metrics, onFailure: onFailure),
            checkIns: CheckInRoute(store: hub.store, live: live, onFailure: onFailure),
            bootstrap: BootstrapRoute(
                store: hub.store, proof: proof, audit: audit, listening: listening,
                keys: try hub.folder.configKeys()?.words),
            artifacts: artifacts,
            health: HealthRoute(store: hub.store, workDirectory: deltas.settings.root), page: PageRoute(),
            deltas: DeltaRoute(deltas, store: hub.store, onWarning: onWarning),
            metrics: MetricsRoute(store: hub.store, metrics: metrics), audit: AuditRoute(store: hub.store),
            rollouts: RolloutsRoute(store: hub.store),
            secrets: SecretRoute(
                store: hub.store, folder: hub.folder, proof: proof, audit: audit, onFailure: onFailure),
            session: SessionRoute(
                store: hub.store, access: access, audit: audit, verifier: verifier, onFailure: onFailure),
            onFailure: onFailure)
        url = .of(listening)
        http = try HTTPServer(
            on: socket, tls: tls, names: names, proxy: proxy,
            uploads: UploadSettings(
                folder: deltas.folder, limit: deltas.settings.mostMegabytes << 20, time: deltas.settings.uploadTime,
                room: UploadQuota(limits.uploads)),
            onWarning: onWarning, refusal: { router.refusal($0) }, handler: { router.answer($0) })
    }

    /// Takes no more connections, lets running requests end, ten seconds at most, then returns.
    public func stop() async {
        await onOwnThread { [live, others, mover] () throws(Never) in
            others?.end()
            live.end()
            mover.end()
        }
        await http.stop()
        await onOwnThread { [intake, audit, verifier] () throws(Never) in
            intake.end()
            verifier.end()
            audit.end()
        }
    }
}
