internal import Platform

/// The chain of steps that a run could not have been shorter than.
public struct CriticalPath: Sendable, Equatable {
    /// The names of the chain's steps, first step first.
    public var steps: [String] { parts.map(\.step.name) }
    /// Its length in milliseconds: the run's time with any number of processors.
    public let milliseconds: Int64
    /// How much longer each step could have taken without the run taking longer, in milliseconds.
    public let slack: [String: Int64]

    /// One step of the chain and how long it took, in milliseconds.
    public struct Part: Sendable, Codable, Equatable {
        /// The step.
        public let step: StepID
        /// Its duration.
        public let durationMilliseconds: Int64

        /// Makes a part.
        public init(_ step: StepID, _ durationMilliseconds: Int64) {
            self.step = step
            self.durationMilliseconds = durationMilliseconds
        }

        enum CodingKeys: String, CodingKey {
            case step
            case durationMilliseconds = "duration_ms"
        }
    }

    /// The chain with its durations.
    public let parts: [Part]

    /// Works it out from each step's duration and what it waited for.
    public init(_ entries: [String: Receipt.Entry]) {
        let order = Self.order(entries)
        var earliestEnd: [String: Int64] = [:]
        var before: [String: String] = [:]
        for name in order {
            let needs = Self.needs(name, entries)
            let last = needs.max { (earliestEnd[$0] ?? 0, $1) < (earliestEnd[$1] ?? 0, $0) }
            before[name] = last
            earliestEnd[name] = (last.flatMap { earliestEnd[$0] } ?? 0) + Self.duration(name, entries)
        }
        milliseconds = earliestEnd.values.max() ?? 0
        var latestEnd: [String: Int64] = [:]
        for name in order.reversed() {
            let end = latestEnd[name] ?? milliseconds
            latestEnd[name] = end
            let start = end - Self.duration(name, entries)
            for need in Self.needs(name, entries) { latestEnd[need] = min(latestEnd[need] ?? milliseconds, start) }
        }
        slack = latestEnd.reduce(into: [:]) { $0[$1.key] = $1.value - (earliestEnd[$1.key] ?? 0) }
        var chain: [String] = []
        var next = order.filter { earliestEnd[$0] == earliestEnd.values.max() }.first
        while let name = next {
            chain.insert(name, at: 0)
            next = before[name]
        }
        parts = chain.map { Part(StepID($0), Self.duration($0, entries)) }
    }

    private static func duration(_ name: String, _ entries: [String: Receipt.Entry]) -> Int64 {
        (entries[name]?.durationMilliseconds ?? 0).asDuration
    }

    private static func needs(_ name: String, _ entries: [String: Receipt.Entry]) -> [String] {
        (entries[name]?.needs ?? []).map(\.name).filter { entries[$0] != nil }
    }

    /// Every step after what it needs; a receipt edited into a circle loses the steps in it, not the program.
    private static func order(_ entries: [String: Receipt.Entry]) -> [String] {
        var done: [String] = []
        var left = Receipt.inOrder(entries).map(\.step)
        while let index = left.firstIndex(where: { needs($0, entries).allSatisfy(done.contains) }) {
            done.append(left.remove(at: index))
        }
        return done
    }
}

extension Int64 {
    /// Milliseconds as a length of time that can be added up: what a receipt says may be anything.
    ///
    /// At most nine thousand years.
    package var asDuration: Int64 { Swift.min(Swift.max(0, self), Self.longestDuration) }

    static var longestDuration: Int64 { 1 << 48 }
}
