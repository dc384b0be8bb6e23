import Platform
import Engine
import Reporting

/// `host-bootstrap timings`: per-step timings and the critical path of the last run.
enum Timings {
    static func run(_ options: CommandLineOptions) -> ExitCode {
        guard let (receipt, _) = LastRun.receipt(options) else { return .failed }
        if options.has("--trace") { return Output.json(RunTrace(receipt)) }
        let report = TimingsReport(receipt)
        return options.has("--json") ? Output.json(report) : Output.print(text(report))
    }

    private static func text(_ report: TimingsReport) -> String {
        let width = max(24, report.steps.map(\.id.displayWidth).max() ?? 0)
        let head = "  \("step".padded(toWidth: width))" + ["began", "took", "slack"].map(column).joined()
        let waterfall = waterfall(report, columns: (Terminal(1)?.size.columns ?? 100) - head.count - 2)
        var lines = [head]
        lines += report.steps.map { step in
            let mark = step.critical ? "*" : " "
            let columns = [step.startMilliseconds, step.durationMilliseconds, step.slackMilliseconds].map {
                column(seconds($0))
            }
            let bar = waterfall?.bar(
                start: step.startMilliseconds, duration: step.durationMilliseconds, slack: step.slackMilliseconds,
                isCritical: step.critical)
            return "\(mark) \(step.id.padded(toWidth: width))\(columns.joined())" + (bar.map { "  \($0)" } ?? "")
        }
        lines.append("")
        let sum = { (name: String, milliseconds: Int64, meaning: String) in
            lines.append("\(name.padded(toWidth: 16)) \(EventLines.seconds(milliseconds))\(meaning)")
        }
        sum("whole run", report.totalMilliseconds, "")
        sum("critical path", report.criticalMilliseconds, " (*), the least with any number of processors")
        if let processors = report.processors, let least = report.boundMilliseconds {
            let name = processors.count == 1 ? "by 1 processor" : "by \(processors.count) processors"
            let used = EventLines.seconds(processors.usedMilliseconds)
            sum(name, least, ", the least with so many, of whose time \(used) were used")
        }
        if let waited = report.processors?.waitedMilliseconds {
            sum("contention", waited, ", while something on this machine waited for a processor")
        }
        sum("one by one", report.serialMilliseconds, "")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Nil where a line has no room for it.
    private static func waterfall(_ report: TimingsReport, columns: Int) -> Waterfall? {
        guard columns >= 10 else { return nil }
        return Waterfall(
            milliseconds: report.totalMilliseconds, columns: min(columns, 100), isUnicode: LiveDisplay.isUnicode)
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst()) s"
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(1, 10 - text.count)) + text
    }
}

private struct TimingsReport: Encodable {
    struct Row: Encodable {
        let id: String
        let status: Receipt.Status
        let startMilliseconds: Int64, durationMilliseconds: Int64, slackMilliseconds: Int64
        let critical: Bool

        enum CodingKeys: String, CodingKey {
            case id, status, critical
            case startMilliseconds = "start_ms"
            case durationMilliseconds = "duration_ms"
            case slackMilliseconds = "slack_ms"
        }
    }

    let runID: String
    let steps: [Row]
    let criticalPath: [String]
    let totalMilliseconds: Int64, criticalMilliseconds: Int64, serialMilliseconds: Int64
    let processors: ProcessorUse?
    /// The least that it could take with its processors: the critical path, or their time shared evenly if that is longer.
    let boundMilliseconds: Int64?

    enum CodingKeys: String, CodingKey {
        case steps, processors
        case boundMilliseconds = "bound_ms"
        case runID = "run_id"
        case criticalPath = "critical_path"
        case totalMilliseconds = "total_ms"
        case criticalMilliseconds = "critical_path_ms"
        case serialMilliseconds = "serial_ms"
    }

    init(_ receipt: Receipt) {
        let path = CriticalPath(receipt.lastRun), timings = receipt.timings(by: path)
        runID = receipt.runID
        steps = timings.map { timing in
            Row(
                id: timing.step, status: timing.entry.status, startMilliseconds: timing.start,
                durationMilliseconds: timing.duration, slackMilliseconds: timing.slack, critical: timing.isCritical)
        }
        criticalPath = path.steps
        // One that was cut off, or goes on, has come as far as its steps have.
        let whole = receipt.finishedAt.map {
            $0.milliseconds.subtractingReportingOverflow(receipt.startedAt.milliseconds).partialValue.asDuration
        }
        totalMilliseconds = whole ?? timings.map { $0.start + $0.duration }.max() ?? 0
        criticalMilliseconds = path.milliseconds
        serialMilliseconds = timings.reduce(0) { $0 + $1.duration }
        processors = receipt.processors
        boundMilliseconds = receipt.processors.map {
            max(path.milliseconds, $0.usedMilliseconds.asDuration / Int64(max(1, $0.count)))
        }
    }
}
