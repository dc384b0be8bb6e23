internal import Database
internal import Glibc
internal import Platform
internal import PostgreSQL

/// Hears what the other hubs on the same PostgreSQL take, and tells those who watch here.
final class OtherHubs: Sendable {
    /// How soon the end is noticed.
    private static let patience = Duration.milliseconds(500)
    private let server: PostgreSQLAddress
    private let store: HubStore
    private let live: LiveUpdates
    private let isEnded = StopFlag()
    private let pool = WorkerPool()

    /// Listens on a thread of its own until ``end()``.
    init(on server: PostgreSQLAddress, store: HubStore, live: LiveUpdates) throws(SystemCallError) {
        (self.server, self.store, self.live) = (server, store, live)
        try pool.start { [self] in
            while !isEnded.isSet {
                // However it ended, something may have been told meanwhile.
                try? listen()
                if !isEnded.isSet { usleep(UInt32(Self.patience.milliseconds) * 1000) }
            }
        }
    }

    /// Ends within moments; blocks until then.
    func end() {
        isEnded.set()
        pool.join()
    }

    private func listen() throws(DatabaseError) {
        let connection = try PostgreSQLConnection.open(server)
        try connection.listen(to: SharedSchema.channel)
        // Nobody knows what was told before.
        live.sendAway()
        while !isEnded.isSet {
            for text in try connection.notifications(within: Self.patience) { tell(text) }
        }
    }

    private func tell(_ text: String) {
        let lines = text.parts(at: "\n", maxSplits: 3).map(String.init)
        guard lines.count == 4, lines[0] != store.hubNumber, let host = try? HostID(lines[1]),
            let sequence = Int64(lines[2])
        else { return }
        live.took(run: lines[3], from: host) { () throws(DatabaseError) in
            try store.events(of: host.name, run: lines[3], sequence: sequence)
        }
    }
}
