internal import Database
internal import Glibc
internal import JSON
internal import Platform
internal import Synchronization

/// Who watches now, and what is to be told to them.
final class LiveUpdates: Sendable {
    private struct State {
        var fleet: [EventStream] = []
        var hosts: [String: [EventStream]] = [:]
        /// Hosts that changed since the fleet's watchers were told last.
        var changed: Set<String> = []
        var sincePing = 0
        /// How hosts stood when that was last looked at, and how many intervals ago.
        var standings: [String: HostState.Standing] = [:]
        var sinceLook = 0
        /// What streams begin with, until something changes or the clock ticks: by host, the fleet's by no name.
        var beginnings: [String: [[UInt8]]] = [:]
        /// How often something changed.
        var changes = 0

        mutating func changed(_ host: String) {
            changes += 1
            beginnings[host] = nil
            beginnings[""] = nil
        }

        var watchers: Int { hosts.values.reduce(fleet.count) { $0 + $1.count } }
    }

    /// The page cannot show more than that a second, however many hosts report.
    private static let interval = Duration.milliseconds(500)
    /// In intervals; a proxy may cut off what is silent for a minute.
    private let pingEvery: Int
    private let state = Mutex(State())
    /// So many may watch at once: each holds a connection, and what it does not read is kept for it.
    let most: Int
    private let store: HubStore
    private let pool = WorkerPool()
    private let isEnded = StopFlag()

    init(store: HubStore, most: Int = 1000, pingEvery: Int = 30) {
        self.store = store
        self.most = most
        self.pingEvery = pingEvery
    }

    /// Whether one more may watch.
    var hasRoom: Bool { state.withLock { $0.watchers < most } }

    /// All hosts: first as they are, then those that change.
    func followFleet(while permission: @escaping EventStream.Permission) throws(DatabaseError) -> EventStream {
        let stream = EventStream(while: permission)
        // Before the state is read, or a change between the two would be lost.
        state.withLock { $0.fleet.append(stream) }
        try begin(stream, "") { () throws(DatabaseError) in
            let hosts = try store.hosts()
            note(standingsOf: hosts)
            let listed = JSONValue.array(hosts.map { $0.live(withSteps: false) })
            return [EventStream.event("hosts", listed.encoded())]
        }
        return stream
    }

    /// One host: its state and the latest of its run's events, then what comes; nil when there is no such host.
    func follow(
        _ host: HostID, while permission: @escaping EventStream.Permission
    ) throws(DatabaseError) -> EventStream? {
        let stream = EventStream(while: permission)
        state.withLock { $0.hosts[host.name, default: []].append(stream) }
        let isKnown = try begin(stream, host.name) { () throws(DatabaseError) in
            guard let now = try store.state(of: host) else { return nil }
            note(standingsOf: [now])
            let state = EventStream.event("state", now.live(withSteps: true).encoded())
            guard let run = now.run else { return [state] }
            return [state, EventStream.event("log", try store.latestEvents(of: host, run: run.id))]
        }
        return isKnown ? stream : nil
    }

    /// Sends what a stream begins with, read once for all that begin together; false when there is nothing.
    ///
    /// A stream that nobody will read is closed, and taken off its list by the clock.
    @discardableResult
    private func begin(
        _ stream: EventStream, _ name: String, _ read: () throws(DatabaseError) -> [[UInt8]]?
    ) throws(DatabaseError) -> Bool {
        let result = Result { () throws(DatabaseError) in try beginning(name, read) }
        for event in (try? result.get()) ?? [] { stream.send(event) }
        if (try? result.get()) == nil || isEnded.isSet { stream.close() }
        return try result.get() != nil
    }

    private func beginning(
        _ name: String, _ read: () throws(DatabaseError) -> [[UInt8]]?
    ) throws(DatabaseError) -> [[UInt8]]? {
        let (known, changes) = state.withLock { ($0.beginnings[name], $0.changes) }
        if let known { return known }
        guard let events = try read() else { return nil }
        // What changed while it was read may not be in it.
        state.withLock { if $0.changes == changes { $0.beginnings[name] = events } }
        return events
    }

    /// A report was kept; `events` gives what it told of, and is asked only when somebody watches the host.
    func took(run: String, from host: HostID, events: () throws(DatabaseError) -> [UInt8]?) {
        let watchers = state.withLock { state in
            state.changed(host.name)
            if !state.fleet.isEmpty { state.changed.insert(host.name) }
            return state.hosts[host.name] ?? []
        }
        guard !watchers.isEmpty, let now = (try? store.state(of: host)) ?? nil else { return }
        let state = EventStream.event("state", now.live(withSteps: true).encoded())
        let log = (now.run?.id == run ? (try? events()) ?? nil : nil).map { EventStream.event("log", $0) }
        for watcher in watchers {
            watcher.send(state)
            if let log { watcher.send(log) }
        }
    }

    /// Whoever watches connects again, if there is still somebody to connect to, and is told all anew.
    func sendAway() {
        let all = state.withLock { state in
            defer { (state.fleet, state.hosts) = ([], [:]) }
            return state.fleet + state.hosts.values.joined()
        }
        for stream in all { stream.close() }
    }

    // MARK: The clock

    /// Tells the fleet's watchers what changed, again and again, until ``end()``; on a thread of its own.
    func start() throws(SystemCallError) {
        try pool.start { [self] in
            while !isEnded.isSet {
                usleep(UInt32(Self.interval.milliseconds) * 1000)
                lookForSilence()
                tellFleet()
                pingAll()
            }
        }
    }

    /// In intervals; that a host is silent, or has another config, is told by no report.
    private static let lookEvery = 20

    private func lookForSilence() {
        let isDue = state.withLock { state in
            state.sinceLook += 1
            if state.watchers == 0 { state.standings = [:] }
            guard state.sinceLook >= Self.lookEvery, state.watchers > 0 else { return false }
            state.sinceLook = 0
            return true
        }
        guard isDue, let hosts = try? store.hosts() else { return }
        for name in tell(standingsOf: hosts) {
            if let host = try? HostID(name) { took(run: "", from: host) { () throws(DatabaseError) in nil } }
        }
    }

    /// Who begins to watch is told how these hosts stand; of those that others watch already, these were told something
    /// older perhaps, and are to hear of it.
    private func note(standingsOf hosts: [HostState]) {
        let found = Self.standings(of: hosts)
        state.withLock { state in state.standings.merge(found) { told, _ in told } }
    }

    /// All watchers are told how these hosts stand; the answer is of which they did not know it.
    private func tell(standingsOf hosts: [HostState]) -> [String] {
        let found = Self.standings(of: hosts)
        return state.withLock { state in
            found.filter { state.standings.updateValue($0.1, forKey: $0.0) != $0.1 }.map(\.0)
        }
    }

    private static func standings(of hosts: [HostState]) -> [(String, HostState.Standing)] {
        let now = Timestamp.now()
        return hosts.map { ($0.hostID, $0.standing(at: now)) }
    }

    private func tellFleet() {
        let (changed, fleet) = state.withLock { state -> (Set<String>, [EventStream]) in
            state.fleet.removeAll(where: \.isClosed)
            state.hosts = state.hosts.mapValues { $0.filter { !$0.isClosed } }.filter { !$0.value.isEmpty }
            // How long a host has been silent changes by itself.
            state.beginnings = [:]
            state.sincePing += 1
            defer { state.changed = [] }
            return (state.changed, state.fleet)
        }
        guard !changed.isEmpty, !fleet.isEmpty, let hosts = try? store.hosts(named: changed) else { return }
        let event = EventStream.event("hosts", JSONValue.array(hosts.map { $0.live(withSteps: false) }).encoded())
        for stream in fleet { stream.send(event) }
    }

    /// Now and then: who is gone is noticed, and who may not watch any more is sent away.
    private func pingAll() {
        let streams = state.withLock { state -> [EventStream] in
            guard state.sincePing >= pingEvery else { return [] }
            state.sincePing = 0
            return state.fleet + state.hosts.values.joined()
        }
        for stream in streams {
            // A database that does not answer sends nobody away, and is not asked for each of them.
            do throws(DatabaseError) { if try !stream.permission() { stream.close() } } catch { break }
        }
        for stream in streams { stream.send(EventStream.ping) }
    }

    /// Sends everybody away.
    func end() {
        isEnded.set()
        pool.join()
        sendAway()
    }
}
