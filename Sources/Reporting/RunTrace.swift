public import Engine
internal import Platform

/// A run in the Trace Event Format, which ui.perfetto.dev and chrome://tracing show.
///
/// Steps that worked at the same time lie in tracks of their own, as few as it takes. The format: "Trace Event Format",
/// by the Chromium project, complete events (`X`) and metadata (`M`); times are microseconds.
public struct RunTrace: Sendable, Encodable {
    private let events: [Event]
    private let run: Run

    enum CodingKeys: String, CodingKey {
        case events = "traceEvents", run = "otherData"
    }

    private struct Run: Sendable, Encodable {
        let id: String, startedAt: String

        enum CodingKeys: String, CodingKey {
            case id = "run_id", startedAt = "started_at"
        }
    }

    private struct Event: Sendable, Encodable {
        let name: String
        let phase: String
        var category: String?
        var start: Int64?
        var duration: Int64?
        let process = 1
        let track: Int
        let arguments: Arguments

        enum CodingKeys: String, CodingKey {
            case name, phase = "ph", category = "cat", start = "ts", duration = "dur", process = "pid", track = "tid"
            case arguments = "args"
        }
    }

    private struct Arguments: Sendable, Encodable {
        var name: String?
        var needs: [String]?
        var changes: [String]?
        var isCritical: Bool?
        var slack: Int64?
        var error: String?

        enum CodingKeys: String, CodingKey {
            case name, needs, changes, error
            case isCritical = "critical", slack = "slack_ms"
        }
    }

    /// The last run that a receipt tells of.
    public init(_ receipt: Receipt) {
        run = Run(id: receipt.runID, startedAt: receipt.startedAt.rfc3339)
        var ends: [Int64] = []
        var found = [Event(name: "process_name", phase: "M", track: 0, arguments: Arguments(name: "host-bootstrap"))]
        for timing in receipt.timings(by: CriticalPath(receipt.lastRun)) {
            let track = ends.firstIndex { $0 <= timing.start } ?? ends.count
            if track == ends.count { ends.append(0) }
            ends[track] = timing.start + timing.duration
            found.append(
                Event(
                    name: timing.step, phase: "X", category: timing.entry.status.rawValue, start: timing.start * 1000,
                    duration: timing.duration * 1000, track: track,
                    arguments: Arguments(
                        needs: timing.entry.needs.map(\.name), changes: timing.entry.differences.map(\.what),
                        isCritical: timing.isCritical, slack: timing.slack, error: timing.entry.error)))
        }
        events = found
    }
}
