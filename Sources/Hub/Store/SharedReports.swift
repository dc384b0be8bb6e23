internal import Database
internal import Platform

/// Keeping reports where several hubs do, in one exchange with the server.
extension HubStore {
    /// As ``accept(_:receivedAt:)``, by the function that ``SharedSchema`` has for it.
    func acceptShared(_ reports: [Report], receivedAt now: Timestamp) throws(DatabaseError) -> [[Int64]] {
        // By host, as every hub does it: two that wait for each other's rows would wait for ever.
        let order = reports.indices.sorted { (reports[$0].hostID, $0) < (reports[$1].hostID, $1) }
        let values = order.map { index -> [DatabaseValue] in
            let report = reports[index]
            return [
                .text(hubNumber), .text(report.hostID), .text(report.runID), .integer(report.sequence),
                .integer(report.percent), .text(report.status.rawValue), .text(report.phase), .text(report.message),
                .blob(report.steps), .blob(report.events), .text(report.failure?.error), .text(report.failure?.hint),
                .integer(report.started(receivedAt: now).milliseconds), .integer(now.milliseconds),
            ]
        }
        let firsts = order.map { reports[$0] }.filter { $0.run != nil }
        for _ in 1..<Self.mostAttempts {
            do throws(DatabaseError) { return try accept(values, order, firsts) } catch {
                guard case .refused(_, let state, _) = error, Self.passing.contains(state) else { throw error }
            }
        }
        return try accept(values, order, firsts)
    }

    private static var mostAttempts: Int { 3 }

    /// What another hub brings about and may not again: two that wait for each other (40P01), which is rare, see above; and a
    /// run that was forgotten while it was added to (23503).
    private static var passing: Set<String> { ["40P01", "23503"] }

    private func accept(
        _ values: [[DatabaseValue]], _ order: [Int], _ firsts: [Report]
    ) throws(DatabaseError) -> [[Int64]] {
        try fleet.write { database throws(DatabaseError) in
            let answers = try database.rows(
                "SELECT keep_report(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", each: values)
            for report in firsts { try Self.note(report, database) }
            var missing = Array(repeating: [Int64](), count: order.count)
            for (index, answer) in zip(order, answers) {
                guard let run = try answer.first?.integer(0) else { continue }
                missing[index] = try HubStore.missing(in: run, database)
            }
            return missing
        }
    }
}
