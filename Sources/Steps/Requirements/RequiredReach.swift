import Engine
import HostConfig
import Platform
import Transfer

/// A server that must answer before the services start.
struct RequiredReach: Requirement {
    enum Target: Sendable {
        case port(HostPort)
        case url(SourceURL)
    }

    /// One attempt takes no longer, and a look is one attempt.
    private static let patience = Duration.seconds(5)

    let target: Target
    let within: Duration
    let host: Host

    var ownedThings: [OwnedThing] { [] }
    var ownTime: Duration? { within + Self.patience }
    var place: String {
        switch target {
        case .port(let port): port.description
        case .url(let url): url.description
        }
    }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        await trouble(within: min(within, Self.patience)).map {
            Difference(place, found: $0, wanted: "an answer within \(within.milliseconds / 1000) s")
        }
    }

    /// Others' servers come and go; that one is away does not make this host another.
    func verify(_ context: StepContext) async throws(StepFailure) -> Difference? { nil }

    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? {
        guard let difference = try await difference(context) else { return nil }
        let act =
            switch target {
            case .port: "connect to it"
            case .url: "ask for it"
            }
        return Difference(
            place, found: difference.found, wanted: difference.wanted,
            detail: "\(act) for at most \(within.milliseconds / 1000) s")
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        let deadline = ContinuousClock.now + within
        var wait = Duration.milliseconds(250)
        while true {
            let left = deadline - .now
            guard let trouble = await trouble(within: max(.milliseconds(100), min(left, Self.patience))) else { return }
            if Task.isCancelled { throw StepFailure(.cancelled, Explanation("stopped", at: place, hint: "run again")) }
            guard ContinuousClock.now + wait < deadline else {
                throw StepFailure(
                    .timedOut,
                    Explanation(
                        "did not answer within \(within.milliseconds / 1000) s: \(trouble)", at: place, hint: hint))
            }
            context.progress("\(place) does not answer yet: \(trouble)")
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .seconds(5))
        }
    }

    private var hint: String {
        switch target {
        case .port(let port):
            "see whether it runs, and what lies between: getent hosts \(ShellWord.plain(port.host)); "
                + "curl -v \(ShellWord.plain("telnet://\(port.host):\(port.port)")) asks the same"
        case .url(let url): "curl -v \(ShellWord.plain("\(url)")) asks the same"
        }
    }

    /// Why it does not answer; nil when it does.
    private func trouble(within time: Duration) async -> String? {
        switch target {
        case .port(let port): return await port.trouble(within: time)
        case .url(let url):
            let probe = Downloader(
                tls: host.tls, policy: RetryPolicy(attempts: 1, budget: time, firstDelay: .zero))
            do throws(TransferError) {
                _ = try await probe.text(url, within: time)
                return nil
            } catch {
                if case .gaveUp(_, _, let last, _) = error { return last }
                return error.explanation.problem
            }
        }
    }
}
