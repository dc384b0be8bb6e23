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

    /// The first address that does not answer with a good status, and what it does instead; nil when all do.
    func trouble() async -> String? {
        let probe = Downloader(
            tls: tls, policy: RetryPolicy(attempts: 1, budget: .seconds(5), firstDelay: .zero))
        for url in urls {
            do throws(TransferError) {
                _ = try await probe.text(try SourceURL(probing: url), within: .seconds(5))
            } catch {
                return error.explanation.summary
            }
        }
        return nil
    }
}
