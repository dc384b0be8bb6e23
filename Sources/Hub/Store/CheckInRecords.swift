internal import Database
internal import Platform

/// What hosts told of themselves between runs: of each the last.
extension HubStore {
    /// Keeps it in place of the one before, and tells the hubs that share the fleet.
    func keep(_ content: CheckIn.Content, of host: HostID, receivedAt now: Timestamp = .now()) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO check_ins (host_id, received_at, state, message, config_digest, agent_version, schedule,
                    differences, differences_in_all, elsewhere) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                ON CONFLICT (host_id) DO UPDATE SET received_at = ?2, state = ?3, message = ?4, config_digest = ?5,
                    agent_version = ?6, schedule = ?7, differences = ?8, differences_in_all = ?9, elsewhere = ?10
                """,
                [
                    .text(host.name), .integer(now.milliseconds), .text(content.state.rawValue), .text(content.message),
                    .text(content.configDigest), .text(content.agentVersion), .integer(content.schedule),
                    .blob(content.differences), .integer(content.differencesInAll),
                    .integer(content.isElsewhere ? 1 : 0),
                ])
            guard server != nil else { return }
            _ = try database.row(
                "SELECT 1 FROM (SELECT pg_notify('\(SharedSchema.channel)', ?)) AS told",
                [.text([hubNumber, host.name, "0", ""].joined(separator: "\n"))])
        }
    }
}
