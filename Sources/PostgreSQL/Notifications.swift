internal import CPostgreSQL
public import Database

extension PostgreSQLConnection {
    /// Asks for what is told on a channel, a plain name, from now on (`LISTEN`).
    ///
    /// To be asked for again once the connection was made anew, which every error here means.
    public func listen(to channel: String) throws(DatabaseError) { try run("LISTEN \(channel)") }

    /// What was told since the last call; waits for it, at most so long.
    public func notifications(within time: Duration) throws(DatabaseError) -> [String] {
        var payloads = takeNotifications()
        if payloads.isEmpty, wait(until: .now + time) {
            guard PQconsumeInput(handle) == 1 else { throw broken() }
            payloads = takeNotifications()
        }
        return payloads
    }

    private func takeNotifications() -> [String] {
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            if let extra = notification.pointee.extra { payloads.append(String(cString: extra)) }
            PQfreemem(notification)
        }
        return payloads
    }
}
