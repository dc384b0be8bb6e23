import Database
import Digests
import Platform

@testable import Hub

/// Hosts that are none, on a clock of their own: each takes what the hub has for it and tells how it took it.
///
/// A simulation: what a real host tells, a real hub's database keeps, and the real mover moves by.
struct SimulatedFleet {
    /// How a host takes a new config.
    enum Kind: Sendable {
        case good
        /// Its run fails.
        case failing
        /// It is in sync, but for something.
        case degraded
        /// Its run goes on and on.
        case hanging
        /// It says that it is in sync, and has its old config.
        case lying
        /// No word comes of it any more.
        case vanishing
        /// It knows of the new config, and waits for a window of its own.
        case patient
    }

    let hub: Hub
    let names: [String]
    private let kinds: [String: Kind]
    private(set) var now = Timestamp.now()
    private let mover: RolloutMover
    /// What each has, and when it told of it last.
    private var told: [String: (digest: String, at: Timestamp)] = [:]
    /// What each had at first, which it takes well.
    private var first: [String: String] = [:]

    /// Seconds between two words of a host.
    static let schedule: Int64 = 3600

    /// Adds hosts with a config each, all in the group `web`, and lets them say that they have it.
    init(_ hub: Hub, _ count: Int, _ kinds: [Int: Kind] = [:]) throws {
        self.hub = hub
        names = (0..<count).map { "h\($0)" }
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ("h\($0.key)", $0.value) })
        mover = RolloutMover(store: hub.store, every: .seconds(1)) { _ in }
        for name in names {
            _ = try hub.store.addHost(HostID(name), config: Array(Self.config(of: name).utf8))
            _ = try hub.store.label(HostID(name), [LabelChange("web")])
        }
        try report()
    }

    static func config(of name: String, _ more: String = "") -> String {
        """
        {"bootstrap_user": "ops", "bootstrap_root": "/home/ops/host", "host_id": "\(name)",
         "schedule": {"every_minutes": 20, "mode": "repair"}\(more)}
        """
    }

    /// How many have a config with these words, as the hub has it for them.
    func given(_ words: String) throws -> Int {
        try names.filter { name in
            String(decoding: try hub.store.record(of: HostID(name))?.config ?? [], as: UTF8.self).contains(words)
        }.count
    }

    /// So many minutes go by: hosts take what there is for them, and what can go on does.
    mutating func pass(_ minutes: Int) throws {
        for _ in 0..<max(1, minutes / 10) {
            now = Timestamp(milliseconds: now.milliseconds + Int64(min(minutes, 10)) * 60_000)
            try report()
            // As often as it takes for one change to follow the other.
            for _ in 0..<3 { try mover.move(at: now) }
        }
    }

    private mutating func report() throws {
        for state in try hub.store.hosts() {
            let name = state.hostID
            guard let wanted = state.config?.digest else { continue }
            let last = told[name]
            let isNew = last.map { $0.digest != wanted } ?? false
            let isDue = last.map { now.milliseconds - $0.at.milliseconds >= Self.schedule * 1000 } ?? true
            guard isNew || isDue else { continue }
            first[name] = first[name] ?? wanted
            switch (wanted == first[name] ? nil : kinds[name]) ?? .good {
            case .good: try tell(name, "in_sync", wanted)
            case .failing: try tell(name, "failed", wanted)
            case .degraded: try tell(name, "degraded", wanted)
            case .patient: if isDue { try tell(name, "behind", last?.digest ?? "") }
            case .lying: if isDue { try tell(name, "in_sync", last?.digest ?? "") }
            case .vanishing: break
            case .hanging: if isDue || state.run == nil { try run(name, wanted, old: last?.digest ?? "") }
            }
        }
    }

    /// A host says something of itself.
    mutating func tell(_ name: String, _ state: String, _ digest: String) throws {
        let told = CheckIn.Content(
            state: HostState.Standing(rawValue: state) ?? .failed, message: "simulated", configDigest: digest,
            agentVersion: "1", schedule: Self.schedule, isElsewhere: false, differences: Array("[]".utf8),
            differencesInAll: 0)
        try hub.store.keep(told, of: HostID(name), receivedAt: now)
        self.told[name] = (digest, now)
    }

    /// A host says that it runs.
    mutating func run(_ name: String, _ digest: String, old: String) throws {
        let words = report(
            host: name, sequence: 1, status: "running",
            events: #"[], "config_digest": "\#(digest)", "agent_version": "1", "heartbeat_seconds": 7200"#)
        _ = try hub.store.accept(Report.read(Array(words.utf8), from: HostID(name)), receivedAt: now)
        told[name] = (old, now)
    }

    private func report(host: String, sequence: Int, status: String, events: String) -> String {
        HubTests.report(host: host, run: "r", sequence: sequence, status: status, events: events)
    }
}

extension LiveHub {
    /// Asks for a roll-out to the hosts of a group, as the command does.
    func start(
        _ change: RolloutChange, group: String = "web", waves: String = "1,10%,50%,100%", mostFailed: String = "0",
        soak: String = "30m", within: String = "2h", window: String? = nil
    ) throws -> Hub.StartedRollout {
        try Self.start(
            hub, change, group: group, waves: waves, mostFailed: mostFailed, soak: soak, within: within, window: window)
    }

    static func start(
        _ hub: Hub, _ change: RolloutChange, group: String = "web", waves: String = "1,10%,50%,100%",
        mostFailed: String = "0", soak: String = "30m", within: String = "2h", window: String? = nil
    ) throws -> Hub.StartedRollout {
        try hub.startRollout(
            Hub.RolloutRequest(
                group: HostGroup(group), change: change, waves: RolloutWaves(waves),
                mostFailed: FailureBound(mostFailed), soak: TimeSpan(soak), within: TimeSpan(within), window: window))
    }
}
