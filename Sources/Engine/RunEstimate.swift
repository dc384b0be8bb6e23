/// How long what is planned may take, by how long the same steps took on this host when they last changed something.
public struct RunEstimate: Sendable, Equatable {
    /// The time, in milliseconds.
    public let milliseconds: Int64
    /// Every step that would change something has done so here before, so that nothing is missing in the time.
    public let isWhole: Bool

    /// Puts it together.
    public init(milliseconds: Int64, isWhole: Bool) {
        self.milliseconds = milliseconds
        self.isWhole = isWhole
    }
}

extension RunEstimate {
    /// Works it out from a plan of this graph and the receipt of earlier runs; nil when none of the steps has worked here.
    ///
    /// A step that downloads takes as long as its bytes make of the last time's; one that changes nothing as long as
    /// looking took. With `parallel` the longest chain counts, otherwise the sum.
    public init?(_ planned: [PlannedStep], _ graph: Graph, past: Receipt?, parallel: Bool) {
        guard let past else { return nil }
        let changes = Dictionary(planned.map { ($0.step, $0.changes) }) { first, _ in first }
        var entries: [String: Receipt.Entry] = [:]
        var known = 0, unknown = 0
        for step in graph.steps {
            let last = past.steps[step.id.name], differences = changes[step.id] ?? []
            var entry = Receipt.Entry(
                runID: "", status: .changed, needs: graph.needs(of: step).sorted(), startedAt: past.startedAt,
                differences: [], facts: [:])
            if differences.isEmpty {
                entry.durationMilliseconds = last?.status == .satisfied ? last?.durationMilliseconds?.asDuration : 0
            } else if let time = last?.lastWork?.milliseconds(for: differences) {
                entry.durationMilliseconds = time
                known += 1
            } else {
                unknown += 1
            }
            entries[step.id.name] = entry
        }
        guard known > 0 else { return nil }
        milliseconds =
            parallel
            ? CriticalPath(entries).milliseconds : entries.values.reduce(0) { $0 + ($1.durationMilliseconds ?? 0) }
        isWhole = unknown == 0 && planned.allSatisfy { $0.error == nil }
    }
}

extension Receipt {
    /// How long a step took when it last changed something.
    public struct Work: Sendable, Codable, Equatable {
        /// From its first look to its last, in milliseconds.
        public let milliseconds: Int64
        /// What it downloaded, as far as that was known before; nil when nothing was.
        public let downloadBytes: Int64?

        /// Takes what was changed, and how long that took.
        init(_ differences: [Difference], milliseconds: Int64) {
            self.milliseconds = milliseconds
            downloadBytes = Self.bytes(differences)
        }

        /// How long these differences may take, in milliseconds; nil when the last time says nothing of them.
        func milliseconds(for differences: [Difference]) -> Int64? {
            guard let bytes = Self.bytes(differences) else { return milliseconds.asDuration }
            guard let downloadBytes, downloadBytes > 0 else { return nil }
            let scaled = Double(milliseconds) * Double(bytes) / Double(downloadBytes)
            return Int64(min(max(0, scaled.rounded()), Double(Int64.longestDuration)))
        }

        /// Nil when no difference has any.
        private static func bytes(_ differences: [Difference]) -> Int64? {
            let sum = differences.reduce(Int64(0)) {
                $0.addingReportingOverflow(max(0, $1.downloadBytes ?? 0)).partialValue
            }
            return sum > 0 ? sum : nil
        }

        enum CodingKeys: String, CodingKey {
            case milliseconds = "duration_ms"
            case downloadBytes = "download_bytes"
        }
    }
}
