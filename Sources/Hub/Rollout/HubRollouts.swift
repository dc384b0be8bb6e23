internal import Database
internal import Digests
internal import HostConfig
internal import Platform

/// What the commands do with labels and roll-outs.
extension Hub {
    /// Gives a host labels, or takes some away; all that it has then.
    public func label(_ id: HostID, _ changes: [LabelChange]) throws(HubError) -> String {
        guard let labels = try inDatabase({ () throws(DatabaseError) in try store.label(id, changes) }) else {
            throw .noSuchHost(id.name)
        }
        return labels.text
    }

    /// What is asked for when a roll-out begins.
    public struct RolloutRequest: Sendable {
        let group: HostGroup, change: RolloutChange
        let waves: RolloutWaves, bound: FailureBound
        let soak: TimeSpan, within: TimeSpan
        let window: String?

        /// `window` is as ``RepairWindow`` reads one.
        public init(
            group: HostGroup, change: RolloutChange, waves: RolloutWaves, mostFailed: FailureBound, soak: TimeSpan,
            within: TimeSpan, window: String?
        ) throws(HubError) {
            if let window, RepairWindow(window) == nil { throw .rollout(.badWindow(window)) }
            (self.group, self.change, self.waves, bound) = (group, change, waves, mostFailed)
            (self.soak, self.within, self.window) = (soak, within, window)
        }
    }

    /// A roll-out that has begun.
    public struct StartedRollout: Sendable {
        /// Its number.
        public let id: Int64
        /// How many hosts each wave adds.
        public let waves: [Int]
        /// How many hosts of the group have it already, and are left out.
        public let leftOut: Int
        /// What somebody should look at, a line each.
        public let warnings: [String]
    }

    /// Begins a roll-out, which the hub that serves moves on.
    public func startRollout(_ request: RolloutRequest) throws(HubError) -> StartedRollout {
        let members = try inDatabase { () throws(DatabaseError) in try store.records(of: request.group) }
        guard !members.isEmpty else { throw .rollout(.emptyGroup(request.group.text)) }
        var hosts: [HubStore.NewConfig] = []
        for (host, old) in members {
            let new = try newConfig(request.change, for: host, from: old)
            let digests = (Digest.of(old.config ?? []).hex, Digest.of(new.config ?? []).hex)
            if digests.0 == digests.1 { continue }
            hosts.append(
                HubStore.NewConfig(host: host, old: old, new: new, oldDigest: digests.0, newDigest: digests.1))
        }
        guard !hosts.isEmpty else { throw .rollout(.allHaveIt(request.group.text)) }
        let warnings = try warnings(of: hosts, request)
        // Which go first is no one's choice, and the same at every hub.
        hosts = Self.shuffled(hosts)
        guard let sizes = request.waves.sizes(of: hosts.count) else { throw .rollout(.badWaves(request.waves.text)) }
        let plan = Rollout.Plan(
            change: request.change.inWords, group: request.group.text, waves: sizes, soak: request.soak,
            within: request.within, mostFailed: request.bound.hosts(of: hosts.count), window: request.window)
        switch try inDatabase({ () throws(DatabaseError) in try store.begin(plan, hosts) }) {
        case .failure(let busy): throw .rollout(.busy(host: busy.host, rollout: busy.rollout))
        case .success(let id):
            let begins = [0] + sizes.dropLast()
            return StartedRollout(
                id: id, waves: zip(sizes, begins).map { $0 - $1 }, leftOut: members.count - hosts.count,
                warnings: warnings)
        }
    }

    private static func shuffled(_ hosts: [HubStore.NewConfig]) -> [HubStore.NewConfig] {
        let keyed = hosts.map { (key: Digest.of(Array("\($0.newDigest) \($0.host.name)".utf8)).hex, host: $0) }
        return keyed.sorted { $0.key < $1.key }.map(\.host)
    }
}
