import Engine
import JSON
import Platform
import Reporting
import Steps

/// `host-bootstrap status --follow`: shows the run that is under way to its end, or else how the last one went.
enum StatusFollow {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let display = try Display(options)
        let layout = LastRun.layout(options)
        let place = await DetachedPlace.ofThisUser()
        let (detached, holder) = await onOwnThread { () throws(Never) -> (Int32?, RunLock.Holder?) in
            (place.running(), RunLock.currentHolder(layout.lock))
        }
        let root = await onOwnThread { () throws(Never) -> String? in recordedRoot(place) }
        let isOfPlace = root.map { $0.hasSameBytes(as: layout.root) } ?? false
        // A detached run is known before it has the lock.
        if let detached, isOfPlace { return await follow(.record(place.record), detached, layout, display) }
        switch holder {
        case .run(let process, let run, _):
            return await follow(.log(layout.log, run: run), process, layout, display)
        case .processes(let names):
            Output.explain(
                Explanation(
                    "no run that can be followed holds the lock: \(names.joined(separator: ", "))", at: layout.lock,
                    hint: "host-bootstrap status --root DIR tells of the last run; ask again in a moment"))
            return .locked
        case nil: return await last(place, isOfPlace, layout, display, options)
        }
    }

    /// The one that ended last: of a detached one that changed nothing there is no receipt.
    private static func last(
        _ place: DetachedPlace, _ isOfPlace: Bool, _ layout: HostLayout, _ display: Display,
        _ options: CommandLineOptions
    ) async -> ExitCode {
        let receipt = await onOwnThread { () throws(Never) in (try? layout.readReceipt()) ?? nil }
        let recorded = await onOwnThread { () throws(Never) in (try? FileStatus.of(place.record)) ?? nil }
        let end = receipt.map { ($0.finishedAt ?? $0.startedAt).milliseconds } ?? 0
        if isOfPlace, let recorded, recorded.modified / 1_000_000 >= end {
            Output.diagnose("no run is under way; this was the last one:")
            return await follow(.record(place.record), nil, layout, display)
        }
        guard let receipt = receipt ?? LastRun.receipt(options)?.receipt else { return .failed }
        Output.diagnose("no run is under way; this was the last one:")
        return await follow(.log(layout.log, run: receipt.runID), nil, layout, display)
    }

    private static func follow(
        _ source: RunFollower.Source, _ process: Int32?, _ layout: HostLayout, _ display: Display
    ) async -> ExitCode {
        await RunFollower(
            source: source, process: process, again: again(layout.root), sinks: display.sinks()
        ).follow()
    }

    /// The command that shows a run of this root.
    static func again(_ root: String) -> String { "host-bootstrap status --follow --root \(ShellWord.plain(root))" }

    /// Which root the record is of; nil when there is none.
    private static func recordedRoot(_ place: DetachedPlace) -> String? {
        let text = (try? Files.text(place.record)) ?? nil
        return text?.byteLines.first.flatMap { try? RecordLine(json: Array($0.utf8)).root } ?? nil
    }
}
