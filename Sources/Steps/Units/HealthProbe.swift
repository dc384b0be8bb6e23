import HostConfig
import Platform
import Transfer

/// Asks a service's addresses how it is.
struct HealthProbe: Sendable {
    private let urls: [String]
    private let tls: TLSSettings
    let goodInARow: Int
    let interval: Duration
    let patience: Duration

    /// Without settings, being active for three looks in a row is health.
    init(_ settings: HealthCheck?, _ tls: TLSSettings) {
        self.tls = tls
        urls = settings?.urls.map(\.text) ?? []
        goodInARow = settings?.goodInARow ?? 3
        interval = settings?.interval ?? .milliseconds(500)
        patience = settings?.timeout ?? .seconds(60)
    }

    /// Until it is good for the first time, the pauses grow from a short one: most services are up long before the interval.
    var firstPause: Duration { min(.milliseconds(20), interval) }

    /// The first address that does not answer with a good status, what it does instead, and how to look at it; nil when
    /// all do.
    func trouble() async -> Explanation? {
        let probe = Downloader(
            tls: tls, policy: RetryPolicy(attempts: 1, budget: .seconds(5), firstDelay: .zero))
        for url in urls {
            do throws(TransferError) {
                _ = try await probe.text(try SourceURL(probing: url), within: .seconds(5))
            } catch {
                return Self.explanation(of: error)
            }
        }
        return nil
    }

    /// Its server is this host's own: it is looked at here, and not called up later.
    private static func explanation(of error: TransferError) -> Explanation {
        switch error {
        case .gaveUp(let url, _, let last, _):
            Explanation(last, at: url, hint: "curl -v \(ShellWord.plain(url)) asks the same")
        case .status(let url, _), .connection(let url, _, _):
            Explanation(error.explanation.problem, at: url, hint: "curl -v \(ShellWord.plain(url)) asks the same")
        default: error.explanation
        }
    }
}
