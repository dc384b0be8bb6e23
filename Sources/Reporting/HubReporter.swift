public import Engine
internal import JSON
public import Platform
internal import Synchronization

/// How the hub took a report.
public enum Delivery: Sendable, Equatable {
    /// It has it.
    case accepted
    /// It never will; trying again is of no use.
    case refused
    /// It may later, not before this long.
    case later(Duration?)
}

/// Posts progress to the hub, at most once a second, without ever holding the run up.
public final class HubReporter: EventSink {
    private let builder: Mutex<ReportBuilder>
    private let heartbeat: Duration
    private let spool = ReportSpool()
    private let post: @Sendable ([UInt8]) async -> Delivery
    private let tasks = Mutex<(collector: Task<Void, Never>, courier: Task<Void, Never>)?>(nil)
    private let news: AsyncStream<Void>.Continuation

    /// Starts to report on a run with `post`, which sends one report's body; `interval` is the least time between two reports.
    public convenience init(
        _ run: ReportedRun, interval: Duration = .seconds(1), post: @escaping @Sendable ([UInt8]) async -> Delivery
    ) { self.init(run, interval: interval, heartbeat: ReportedRun.heartbeat, post: post) }

    /// The same with the longest time between two.
    init(
        _ run: ReportedRun?, interval: Duration, heartbeat: Duration,
        post: @escaping @Sendable ([UInt8]) async -> Delivery
    ) {
        builder = Mutex(ReportBuilder(run))
        self.heartbeat = heartbeat
        self.post = post
        let (wakeups, news) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.news = news
        tasks.withLock {
            $0 = (Task { [self] in await collect(every: interval) }, Task { [self] in await deliver(on: wakeups) })
        }
    }

    /// Takes one event.
    public func record(_ event: Event) { builder.withLock { $0.take(event) } }

    /// Keeps undelivered reports in a folder from now on, behind those that an earlier run left there.
    public func spool(in folder: String) async throws(SystemCallError) {
        try await onOwnThread { [spool] () throws(SystemCallError) in try spool.attach(folder) }
        news.yield()
    }

    /// Sends the last report and waits for its delivery, ten seconds at most; what is left stays on disk.
    public func finish() async {
        guard let tasks = tasks.withLock({ $0 }) else { return }
        tasks.collector.cancel()
        let watchdog = Task {
            guard (try? await Task.sleep(for: .seconds(10))) != nil else { return }
            tasks.courier.cancel()
        }
        await tasks.collector.value
        await tasks.courier.value
        watchdog.cancel()
    }

    /// Puts a report in the spool each interval in which something happened, and now and then when nothing does; cancelled,
    /// it does so once more and ends the courier's stream.
    private func collect(every interval: Duration) async {
        var last = ContinuousClock.now
        while true {
            let isLast = Task.isCancelled
            let isDue = ContinuousClock.now - last >= heartbeat
            if let report = builder.withLock({ $0.next(isDue: isDue) }) {
                last = .now
                let name = "\(report.runID)-\(String(100_000_000 + report.sequence).dropFirst()).json"
                await onOwnThread { [spool] () throws(Never) in spool.add(name, report.json()) }
                news.yield()
            }
            if isLast { break }
            try? await Task.sleep(for: interval)
        }
        news.finish()
    }

    private func deliver(on wakeups: AsyncStream<Void>) async {
        for await _ in wakeups {
            var failures = 0
            while !Task.isCancelled, let item = await onOwnThread({ [spool] () throws(Never) in spool.oldest() }) {
                switch await post(item.body) {
                case .accepted, .refused:
                    failures = 0
                    await onOwnThread { [spool] () throws(Never) in spool.remove(item.name) }
                case .later(let wait):
                    failures += 1
                    // Full jitter, up to 32 s: 250 ms doubled with each failure.
                    let backoff = Duration.milliseconds(Int64.random(in: 100...(250 << min(failures, 7))))
                    try? await Task.sleep(for: max(wait ?? .zero, backoff))
                }
            }
        }
    }
}
