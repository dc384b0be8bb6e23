import Engine
import JSON
import Platform
import Reporting

/// Shows a run that another process does, as that would show it, and ends as it ends.
///
/// Ctrl-C, a signal or a terminal that goes away end the showing, not the run; a second Ctrl-C stops the run.
struct RunFollower {
    /// What tells of the run.
    enum Source {
        /// The record that a detached run leaves.
        case record(String)
        /// The log, where there may be other runs.
        case log(String, run: String)

        var path: String {
            switch self {
            case .record(let path), .log(let path, _): path
            }
        }

        /// What a line tells; nil for another run's, or one that a newer version wrote.
        func line(_ bytes: [UInt8]) -> RecordLine? {
            switch self {
            case .record: return try? RecordLine(json: bytes)
            case .log(_, let run):
                guard let event = try? Event(json: bytes), event.runID == run else { return nil }
                return RecordLine(event: event)
            }
        }
    }

    /// How long a second Ctrl-C is waited for.
    static let patience = Duration.seconds(5)

    let source: Source
    /// Who does it; nil when it has ended.
    let process: Int32?
    /// How to see it again.
    let again: String
    let sinks: [any EventSink]

    private enum FollowedEvent: Sendable {
        case line(RecordLine)
        case ended, unwatched, patienceOver
        case signal(Int32)
    }

    func follow() async -> ExitCode {
        let followedEvents: AsyncStream<FollowedEvent>
        let tasks: [Task<Void, Never>]
        let sink: AsyncStream<FollowedEvent>.Continuation
        (followedEvents, sink) = AsyncStream.makeStream(of: FollowedEvent.self)
        do throws(SystemCallError) {
            let source = source
            let follower = try FileFollower(source.path, of: process, shownOn: 2) { source.line($0) != nil }
            let signals = SignalWatch().signals
            tasks = [
                Task { for await change in follower.changes { sink.yield(Self.followedEvent(change, source)) } },
                Task { for await signal in signals { sink.yield(.signal(signal)) } },
            ]
        } catch {
            Output.explain(error.explanation)
            return .failed
        }
        SignalWatch.endOnHangUp()
        let code = await show(followedEvents, sink)
        for task in tasks { task.cancel() }
        for sink in sinks { await sink.finish() }
        return code
    }

    private static func followedEvent(_ change: FileFollower.Change, _ source: Source) -> FollowedEvent {
        switch change {
        case .line(let bytes): .line(source.line(bytes) ?? RecordLine())
        case .ended: .ended
        case .unwatched: .unwatched
        }
    }

    private func show(
        _ followedEvents: AsyncStream<FollowedEvent>, _ sink: AsyncStream<FollowedEvent>.Continuation
    ) async -> ExitCode {
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        for await followedEvent in followedEvents {
            switch followedEvent {
            case .line(let line):
                if let code = show(line) { return code }
            case .ended: return cutOff()
            // As if the terminal had said so.
            case .unwatched: SignalWatch.hangUp()
            case .patienceOver: return detach(.interrupted)
            case .signal(let number) where ExitCode(signal: number) == .terminated: return detach(.terminated)
            case .signal:
                if timer != nil {
                    timer?.cancel()
                    stop()
                } else {
                    Output.diagnose("Ctrl-C again within 5 s stops the run; it goes on otherwise, and is shown no more")
                    timer = Task {
                        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
                        sink.yield(.patienceOver)
                    }
                }
            }
        }
        return .failed
    }

    /// The exit code, when this was the last line.
    private func show(_ line: RecordLine) -> ExitCode? {
        if let said = line.said { Output.diagnose(said) }
        if let code = line.exitCode { return ExitCode(rawValue: code) ?? .failed }
        guard let event = line.event else { return nil }
        for sink in sinks { sink.record(event) }
        // A record ends with a line of its own, when the hub has the last report.
        guard case .log = source, event.event == .runFinished else { return nil }
        if let code = event.exitCode { return ExitCode(rawValue: code) ?? .failed }
        // Older versions wrote none.
        return ["done", "degraded"].contains(event.status) ? .done : .failed
    }

    private func cutOff() -> ExitCode {
        Output.explain(
            Explanation(
                "the run was cut off: its process\(process.map { " \($0)" } ?? "") ended without a word",
                at: source.path,
                hint: "run host-bootstrap apply --config FILE again: what is done already is seen and kept"))
        return .failed
    }

    private func detach(_ code: ExitCode) -> ExitCode {
        let stopping = process.map { "; kill \($0) stops it in order" } ?? ""
        Output.diagnose("the run goes on: \(again) shows it\(stopping)")
        return code
    }

    private func stop() {
        guard let process else { return }
        do throws(SystemCallError) { try SignalWatch.interrupt(process) } catch { Output.explain(error.explanation) }
    }
}
