internal import Database
internal import JSON
public import Platform

/// What the commands do with a roll-out that has begun.
extension Hub {
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
    public func order(_ order: RolloutOrder, _ id: Int64?, at now: Timestamp = .now()) throws(HubError) -> Int64 {
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
    static let always = Timestamp(milliseconds: 0)

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
                let failed = view.rollout.status == .halted ? view.hosts.filter { $0.outcome.kind == .failed } : []
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
