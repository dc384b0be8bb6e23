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
    }

    /// The page cannot show more than that a second, however many hosts report.
    private static let interval = Duration.milliseconds(500)
    /// In intervals; a proxy may cut off what is silent for a minute.
    private static let pingEvery = 30
    private let state = Mutex(State())
    private let store: HubStore
    private let crew = Crew()
    private let isEnded = StopFlag()

    init(store: HubStore) { self.store = store }

    /// All hosts: first as they are, then those that change.
    func followFleet() throws(DatabaseError) -> EventStream {
        let stream = EventStream()
        // Before the state is read, or a change between the two would be lost.
        state.withLock { $0.fleet.append(stream) }
        try begin(stream) { () throws(DatabaseError) in
            stream.send("hosts", JSONValue.array(try store.hosts().map { $0.live(withSteps: false) }).encoded())
            return true
        }
        return stream
    }

    /// One host: its state and the latest of its run's events, then what comes; nil when there is no such host.
    func follow(_ host: HostID) throws(DatabaseError) -> EventStream? {
        let stream = EventStream()
        state.withLock { $0.hosts[host.name, default: []].append(stream) }
        let isKnown = try begin(stream) { () throws(DatabaseError) in
            guard let now = try store.state(of: host) else { return false }
            stream.send("state", now.live(withSteps: true).encoded())
            if let run = now.run {
                stream.send("log", try store.latestEvents(of: host, run: run.id))
            }
            return true
        }
        return isKnown ? stream : nil
    }

    /// Sends what a stream begins with; one that nobody will read is closed, and taken off its list by the clock.
    @discardableResult
    private func begin(
        _ stream: EventStream, _ send: () throws(DatabaseError) -> Bool
    ) throws(DatabaseError) -> Bool {
        let result = Result { () throws(DatabaseError) in try send() }
        if (try? result.get()) != true || isEnded.isSet { stream.close() }
        return try result.get()
    }

    /// A report was kept; `events` gives what it told of, and is asked only when somebody watches the host.
    func took(run: String, from host: HostID, events: () throws(DatabaseError) -> [UInt8]?) {
        let watchers = state.withLock { state in
            if !state.fleet.isEmpty { state.changed.insert(host.name) }
            return state.hosts[host.name] ?? []
        }
        guard !watchers.isEmpty, let now = (try? store.state(of: host)) ?? nil else { return }
        let data = now.live(withSteps: true).encoded()
        let told = now.run?.id == run ? (try? events()) ?? nil : nil
        for watcher in watchers {
            watcher.send("state", data)
            if let told { watcher.send("log", told) }
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
        try crew.start { [self] in
            while !isEnded.isSet {
                usleep(UInt32(Self.interval.milliseconds) * 1000)
                tellFleet()
            }
        }
    }

    private func tellFleet() {
        let (changed, fleet) = state.withLock { state -> (Set<String>, [EventStream]) in
            state.fleet.removeAll(where: \.isClosed)
            state.hosts = state.hosts.mapValues { $0.filter { !$0.isClosed } }.filter { !$0.value.isEmpty }
            state.sincePing += 1
            if state.sincePing >= Self.pingEvery {
                state.sincePing = 0
                for stream in state.fleet + state.hosts.values.joined() { stream.ping() }
            }
            defer { state.changed = [] }
            return (state.changed, state.fleet)
        }
        guard !changed.isEmpty, !fleet.isEmpty, let hosts = try? store.hosts(named: changed) else { return }
        let data = JSONValue.array(hosts.map { $0.live(withSteps: false) }).encoded()
        for stream in fleet { stream.send("hosts", data) }
    }

    /// Sends everybody away.
    func end() {
        isEnded.set()
        crew.join()
        sendAway()
    }
}
