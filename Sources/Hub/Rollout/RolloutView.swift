internal import Database
internal import HostConfig
internal import JSON
internal import Platform

/// A roll-out with how its hosts stand, and what it does next.
struct RolloutView: Sendable {
    let rollout: Rollout
    let hosts: [(host: RolloutHost, outcome: RolloutOutcome)]
    let next: RolloutMove

    /// What it waits for, in words.
    var waitsFor: String {
        switch next {
        case .wait(let reason): reason
        case .begin: "wave \(rollout.wavesBegun + 1) begins"
        case .note, .finish: "goes on"
        case .halt(let reason): reason
        }
    }

    /// One wave: how many hosts are in it, and how many of them stand how.
    struct Wave: Sendable {
        let hosts: Int
        let counts: [(kind: RolloutOutcome.Kind, hosts: Int)]
    }

    var waves: [Wave] {
        var begin = 0
        return rollout.plan.waves.map { end in
            defer { begin = end }
            let kinds = hosts[min(begin, hosts.count)..<min(end, hosts.count)].map(\.outcome.kind)
            let counts = Dictionary(kinds.map { ($0, 1) }, uniquingKeysWith: +)
            return Wave(
                hosts: kinds.count,
                counts: counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) })
        }
    }

    /// Those of whom something is to be said, the failed ones first.
    var remarkable: [(host: RolloutHost, outcome: RolloutOutcome)] {
        let order: [RolloutOutcome.Kind] = [.failed, .pending, .goingBack, .left]
        return order.flatMap { kind in hosts.filter { $0.outcome.kind == kind } }
    }

    /// As `/api/v1/rollouts` has it; with at most so many hosts by name.
    func json(naming most: Int) -> JSONValue {
        let plan = rollout.plan
        return .object([
            "id": .integer(rollout.id), "status": .string(rollout.status.rawValue), "reason": .string(rollout.reason),
            "next": .string(waitsFor), "change": .string(plan.change), "group": .string(plan.group),
            "soak_seconds": .integer(plan.soak.milliseconds / 1000),
            "within_seconds": .integer(plan.within.milliseconds / 1000),
            "max_failed": .integer(Int64(plan.mostFailed)), "window": .optional(plan.window),
            "hosts_in_all": .integer(Int64(rollout.hosts)), "waves_begun": .integer(Int64(rollout.wavesBegun)),
            "started_at": .string(rollout.startedAt.rfc3339), "started_by": .string(rollout.startedBy),
            "ended_at": .optional(rollout.endedAt?.rfc3339),
            "waves": .array(
                waves.map { wave in
                    .object([
                        "hosts": .integer(Int64(wave.hosts)),
                        "counts": .object(
                            Dictionary(
                                wave.counts.map { ($0.kind.rawValue, .integer(Int64($0.hosts))) },
                                uniquingKeysWith: { $1 }
                            )),
                    ])
                }),
            "hosts": .array(
                remarkable.prefix(most).map { host, outcome in
                    .object([
                        "host_id": .string(host.name), "outcome": .string(outcome.word),
                        "reason": .string(outcome.reason),
                    ])
                }),
        ])
    }
}

extension HubStore {
    /// How a roll-out stands at a moment, for somebody who has looked since another; nil when there is none of that number.
    func view(
        of id: Int64, at now: Timestamp = .now(), _ time: LocalTime = .now(), watched: Timestamp? = nil
    ) throws(DatabaseError) -> RolloutView? {
        let watched = watched ?? silenceCountsFrom
        guard let (rollout, hosts) = try rollout(id, silenceFrom: watched) else { return nil }
        let outcomes = hosts.map { host, state in (host: host, outcome: host.outcome(state, rollout, at: now)) }
        let window = rollout.plan.window.flatMap { RepairWindow($0) }
        let opening = RepairWindow.next(of: window.map { [$0] } ?? [], after: time)
        let given = outcomes.filter { $0.host.givenAt != nil }
        return RolloutView(
            rollout: rollout, hosts: outcomes,
            next: RolloutMove.next(of: rollout, given, at: now, watched: watched, opening: opening))
    }
}
