internal import Engine
internal import Platform

/// The steps that are under way, made out of the events, for whoever shows them.
struct RunningSteps: Sendable {
    struct Running: Sendable {
        let step: StepID
        let since: Timestamp
        /// What it last said it does or waits for.
        var doing: String?
        var transfer: TransferRate?

        /// The step, and what it does to the bytes that are counted if that is not to receive them.
        var name: String { step.name + (transfer?.work.map { ", \($0)" } ?? "") }
    }

    private(set) var running: [Running] = []
    private(set) var percent = 0
    private(set) var ended = 0
    private var began: Timestamp?

    /// Takes an event, which may be older than the moment: of a run that others do, the beginning is read later.
    mutating func take(_ event: Event) {
        let time = Timestamp(rfc3339: "\(event.time.prefix(19))Z") ?? .now()
        began = began ?? time
        percent = max(percent, event.percent ?? 0)
        guard let step = event.step else {
            if event.event == .runFinished { running = [] }
            return
        }
        switch event.event {
        case .stepStarted: running.append(Running(step: step, since: time))
        case .stepProgress: change(step) { $0.doing = event.message }
        case .stepRetried:
            change(step) { running in
                running.doing = "attempt \((event.attempt ?? 0) + 1) of \(event.attempts ?? 0)"
                running.transfer = nil
            }
        case .stepSatisfied, .stepFinished, .stepFailed, .stepSkipped:
            ended += 1
            running.removeAll { $0.step == step }
        case .runStarted, .preflight, .runFinished: break
        }
    }

    mutating func take(_ progress: ByteProgress, by step: StepID, at now: ContinuousClock.Instant) {
        change(step) { running in
            if running.transfer == nil { running.transfer = TransferRate(progress, at: now) }
            running.transfer?.take(progress, at: now)
        }
    }

    private mutating func change(_ step: StepID, _ body: (inout Running) -> Void) {
        if let index = running.firstIndex(where: { $0.step == step }) { body(&running[index]) }
    }

    /// A line for each step and one for the whole, at most so many and none wider than the window; the steps that began
    /// last are counted instead when there is no room for them.
    func block(columns: Int, rows: Int, spinner: String, at now: ContinuousClock.Instant) -> [String] {
        guard let began, !running.isEmpty, rows > 0 else { return [] }
        let room = rows - 1
        let shown = running.count <= room ? running.count : max(0, room - 1)
        var lines = running.prefix(shown).map { line($0, spinner, at: now) }
        if shown < running.count, room > 0 { lines.append("  and \(running.count - shown) more") }
        // Of one piece of work there is no whole to tell of.
        if percent > 0 || ended > 0 || running.count > 1 {
            let steps = ended == 1 ? "1 step" : "\(ended) steps"
            lines.append("  \(percent) %, \(steps) ended, \(Self.seconds(since: began))")
        }
        return lines.map { $0.cut(toWidth: columns) }
    }

    private func line(_ running: Running, _ spinner: String, at now: ContinuousClock.Instant) -> String {
        let time = Self.seconds(since: running.since)
        let head = "\(spinner)\(running.name.padded(toWidth: 24)) \(time.padded(toWidth: 8))"
        let tail = running.transfer?.words(at: now) ?? running.doing.map(EventLines.printable) ?? ""
        return "\(head) \(tail)"
    }

    /// All that runs in one line, such as `apt-packages 20 s, bundle-tools 12 s (24.1 of 124.0 MiB, 2.0 MiB/s)`.
    func sentence(at now: ContinuousClock.Instant) -> String? {
        guard !running.isEmpty else { return nil }
        return running.map { one in
            let words = one.transfer.map { " (\($0.words(at: now)))" } ?? ""
            return "\(one.name) \(Self.seconds(since: one.since))\(words)"
        }.joined(separator: ", ")
    }

    /// A clock that is set back meanwhile makes no time negative.
    private static func seconds(since begin: Timestamp) -> String {
        "\(max(0, Timestamp.now().milliseconds - begin.milliseconds) / 1000) s"
    }
}
