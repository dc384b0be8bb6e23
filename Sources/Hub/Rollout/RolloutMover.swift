internal import Database
internal import Glibc
internal import HostConfig
internal import Platform
internal import Synchronization

/// Moves open roll-outs on, as their hosts report; of several hubs that do, one makes each move.
final class RolloutMover: Sendable {
    private let store: HubStore
    private let interval: Duration
    private let onFailure: @Sendable (Explanation) -> Void
    private let pool = WorkerPool()
    private let isEnded = StopFlag()
    private let watch: Mutex<Watch>

    private struct Watch {
        /// Since when it has looked without a break, and when it did last.
        var since: Timestamp, last: Timestamp
        var failure: DatabaseError?
    }

    /// In milliseconds.
    private static let longestBreak: Int64 = 60_000

    init(store: HubStore, every interval: Duration, onFailure: @escaping @Sendable (Explanation) -> Void) {
        (self.store, self.interval, self.onFailure) = (store, interval, onFailure)
        watch = Mutex(Watch(since: store.silenceCountsFrom, last: .now()))
    }

    /// Looks again and again, until ``end()``; on a thread of its own.
    func start() throws(SystemCallError) {
        try pool.start { [self] in
            while !isEnded.isSet {
                usleep(UInt32(interval.milliseconds) * 1000)
                look()
            }
        }
    }

    func end() {
        isEnded.set()
        pool.join()
    }

    /// Looks once; a database that is away is told of once, not every two seconds.
    private func look() {
        let now = Timestamp.now()
        let state = watch.withLock { watch in
            // Who did not look for a while, or could not, knows of no host's silence meanwhile.
            if now.milliseconds - watch.last.milliseconds > Self.longestBreak { watch.since = now }
            watch.last = now
            return watch
        }
        var failure: DatabaseError?
        do throws(DatabaseError) { try move(at: now, watched: state.since) } catch { failure = error }
        watch.withLock { [failure] watch in
            watch.failure = failure
            if failure != nil { watch.since = .now() }
        }
        if let failure, failure != state.failure { onFailure(failure.explanation) }
    }

    /// Makes what moves there are to make now, for who has looked since another moment.
    func move(
        at now: Timestamp = .now(), _ time: LocalTime = .now(), watched: Timestamp? = nil
    ) throws(DatabaseError) {
        for rollout in try store.rollouts(open: true) where rollout.status == .running {
            guard let view = try store.view(of: rollout.id, at: now, time, watched: watched) else { continue }
            let well = view.hosts.filter { $0.outcome == .healthy && !$0.host.wasWell }.map(\.host.name)
            if !well.isEmpty { try store.noteWell(well, of: rollout.id) }
            try make(view.next, of: view, at: now)
        }
    }

    private func make(_ move: RolloutMove, of view: RolloutView, at now: Timestamp) throws(DatabaseError) {
        let rollout = view.rollout
        var changed = rollout
        switch move {
        case .wait: return
        case .note(let wellSince):
            changed.wellSince = wellSince
            try store.change(changed, nil, by: Self.actor)
        case .halt(let reason):
            (changed.status, changed.reason, changed.wellSince) = (.halted, reason, nil)
            try store.change(changed, .rolloutHalted, by: Self.actor)
        case .finish:
            (changed.status, changed.endedAt) = (.done, now)
            try store.change(changed, .rolloutDone, by: Self.actor) { database throws(DatabaseError) in
                try store.keep(view.hosts, of: rollout.id, database)
            }
        case .begin:
            changed.wavesBegun += 1
            changed.wellSince = nil
            try store.change(changed, .waveBegun, by: Self.actor) { database throws(DatabaseError) in
                try store.give(rollout.id, rollout.given..<changed.given, at: now, database)
            }
        }
    }

    private static let actor = "hub"
}
