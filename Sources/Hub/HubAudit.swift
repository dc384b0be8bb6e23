internal import Database
internal import JSON
internal import Platform

/// What the commands tell of the audit log.
extension Hub {
    /// One line of the log.
    public struct AuditLine: Sendable {
        /// Time, actor, action, subject, address and count; what there is not is a dash.
        public let fields: [String]
        /// The same as an object of JSON.
        public let json: String
    }

    /// The newest lines, the oldest of them first.
    public func audit(last count: Int64) throws(HubError) -> [AuditLine] {
        try inDatabase { () throws(DatabaseError) in
            try store.audit(last: count).map { entry in
                AuditLine(
                    fields: [
                        entry.time.rfc3339, entry.actor, entry.act.rawValue, entry.subject, entry.address ?? "-",
                        "\(entry.times)",
                    ], json: String(decoding: entry.json.encoded(), as: UTF8.self))
            }
        }
    }
}
