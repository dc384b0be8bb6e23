internal import Platform

/// When a step of a run worked.
public struct StepTiming: Sendable {
    /// The step's name.
    public let step: String
    /// What the receipt says of it.
    public let entry: Receipt.Entry
    /// From the run's start to the step's, in milliseconds.
    public let start: Int64
    /// How long it took, in milliseconds; 0 for one that was cut off.
    public let duration: Int64
    /// How much longer it could have taken without the run taking longer, in milliseconds.
    public let slack: Int64
    /// It is one of the chain that the run could not have been shorter than.
    public let isCritical: Bool
}

extension Receipt {
    /// The last run's steps as they began, by a path that was worked out from them.
    public func timings(by path: CriticalPath) -> [StepTiming] {
        let chain = Set(path.steps)
        return Self.inOrder(lastRun).map { name, entry in
            StepTiming(
                step: name, entry: entry,
                start: entry.startedAt.milliseconds.subtractingReportingOverflow(startedAt.milliseconds).partialValue
                    .asDuration,
                duration: (entry.durationMilliseconds ?? 0).asDuration, slack: path.slack[name] ?? 0,
                isCritical: chain.contains(name))
        }
    }

    /// Steps as they began, those that began together by their names.
    public static func inOrder(_ entries: [String: Entry]) -> [(step: String, entry: Entry)] {
        entries.sorted { ($0.value.startedAt, $0.key) < ($1.value.startedAt, $1.key) }.map { ($0.key, $0.value) }
    }
}
