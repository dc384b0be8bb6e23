internal import Database
internal import Digests
internal import HostConfig
internal import JSON
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
        guard !hosts.isEmpty else { throw .rollout(.nothingToDo(request.group.text)) }
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

    /// What hosts would say to their new configs; those alike are told once, for the first host.
    private func warnings(
        of hosts: [HubStore.NewConfig], _ request: RolloutRequest
    ) throws(HubError) -> [String] {
        var lines: [String] = [], seen: Set<String> = []
        var idle = 0, slow = 0
        let keys = try folder.configKeys()
        for host in hosts {
            let config = host.new.config ?? []
            let isBare = host.old.signature != nil && host.new.signature == nil
            if let doubt = isBare ? "is not signed" : keys?.doubt(config, host.new.signature) {
                throw .rollout(.unsigned(host: host.host.name, doubt: doubt))
            }
            for line in try findings(in: config, file: host.host.name, for: host.host) {
                let words = String(line.drop { $0 != ":" })
                if seen.insert(words).inserted { lines.append(line) }
            }
            // By the config that the host has, since by that it looks.
            let present = HostConfiguration.load(host.old.config ?? [], file: host.host.name)
            guard case .success(let read) = present else { continue }
            guard let schedule = read.schedule, schedule.mode == .repair, !schedule.isElsewhere else {
                idle += 1
                continue
            }
            let interval = TimeSpan(milliseconds: Int64(schedule.everySeconds) * 1000)
            if interval.milliseconds >= request.within.milliseconds {
                throw .rollout(.tooSlow(host: host.host.name, every: interval.inWords, within: request.within.inWords))
            }
            if interval.milliseconds > request.soak.milliseconds { slow += 1 }
        }
        if idle > 0 {
            lines.append(
                "warning: \(idle) hosts do not take a config from here by themselves, since \"schedule\" with \"mode\": \"repair\" is not in theirs: "
                    + "they count as failed unless somebody types host-bootstrap apply there")
        }
        if slow > 0 {
            lines.append(
                "warning: \(slow) hosts look at themselves less often than --soak is long: the next wave begins by what they say once"
            )
        }
        let ill = try ill(hosts.map(\.host.name))
        if !ill.isEmpty {
            lines.append(
                "warning: \(ill.count) hosts are silent or failed already, and count when they are given it and do not mend: "
                    + ill.prefix(5).joined(separator: ", "))
        }
        return lines.count > 20 ? lines.prefix(20) + ["and \(lines.count - 20) lines more"] : lines
    }

    private func ill(_ names: [String]) throws(HubError) -> [String] {
        try inDatabase { () throws(DatabaseError) in
            try store.hosts(named: Set(names)).filter { state in
                [.silent, .failed].contains(state.standing(silenceFrom: Self.always))
            }.map(\.hostID).sorted()
        }
    }

    /// How a roll-out stands, as text for people or as JSON; of the newest one if no number is given.
    public func rolloutStatus(_ id: Int64?) throws(HubError) -> (lines: [(name: String, words: String)], json: String) {
        let view = try inDatabase { () throws(DatabaseError) in
            let newest = id == nil ? try store.rollouts().first?.id : id
            guard let newest else { return RolloutView?.none }
            return try store.view(of: newest, watched: Self.always)
        }
        guard let view else { throw .rollout(.notFound(id)) }
        return (view.lines, String(decoding: view.json(naming: .max).encoded(), as: UTF8.self))
    }

    /// What can be done to a roll-out that is open.
    public enum RolloutOrder: Sendable, Equatable {
        /// Nothing more is given to anybody until it is resumed.
        case pause
        /// It goes on; what failed until now counts no more.
        case resume
        /// Hosts that have it are given back what they had.
        case abort
    }

    /// Gives an order to a roll-out, or to the one that is open; its number.
    public func order(_ order: RolloutOrder, _ id: Int64?) throws(HubError) -> Int64 {
        try self.order(order, id, at: .now())
    }

    func order(_ order: RolloutOrder, _ id: Int64?, at now: Timestamp) throws(HubError) -> Int64 {
        let open = try inDatabase { () throws(DatabaseError) in try store.rollouts(open: true) }
        if id == nil, open.count > 1 { throw .rollout(.several(open.map(\.id))) }
        guard let rollout = open.first(where: { id == nil || $0.id == id }) else { throw .rollout(.notOpen(id)) }
        // A hub may move it between the look and the order.
        for _ in 0..<10 {
            if try carry(out: order, rollout.id, at: now) { return rollout.id }
        }
        throw .database(.busy(path: "rollout \(rollout.id)"))
    }

    /// A command has not watched at all; it takes hosts by their last words.
    private static let always = Timestamp(milliseconds: 0)

    private func carry(out order: RolloutOrder, _ id: Int64, at now: Timestamp) throws(HubError) -> Bool {
        try inDatabase { () throws(DatabaseError) in
            guard let view = try store.view(of: id, at: now, watched: Self.always) else { return true }
            var rollout = view.rollout
            switch order {
            case .pause:
                guard rollout.status == .running else { return true }
                (rollout.status, rollout.wellSince) = (.paused, nil)
                return try store.change(rollout, .rolloutPaused, by: LocalActor.name)
            case .resume:
                guard rollout.status != .running else { return true }
                (rollout.status, rollout.reason, rollout.wellSince) = (.running, "", nil)
                let failed = view.rollout.status == .halted ? view.hosts.filter { $0.outcome.word == "failed" } : []
                return try store.change(rollout, .rolloutResumed, by: LocalActor.name) {
                    database throws(DatabaseError) in try store.forgive(id, failed.map(\.host.name), database)
                }
            case .abort:
                (rollout.status, rollout.endedAt) = (.aborted, now)
                rollout.reason = "aborted by \(LocalActor.name)"
                return try store.change(rollout, .rolloutAborted, by: LocalActor.name) {
                    database throws(DatabaseError) in try store.giveBack(id, at: now, database)
                }
            }
        }
    }
}
