import HostConfig
import Platform
import Transfer

/// Asks a service's addresses how it is.
struct HealthProbe: Sendable {
    private let urls: [String]
    let goodInARow: Int
    let interval: Duration
    let patience: Duration

    /// Without settings, being active for three looks in a row is health.
    init(_ settings: HealthCheck?) {
        urls = settings?.urls.map(\.text) ?? []
        goodInARow = settings?.goodInARow ?? 3
        interval = settings?.interval ?? .milliseconds(500)
        patience = settings?.timeout ?? .seconds(60)
    }

    /// The first address that does not answer with a good status, and what it does instead; nil when all do.
    func trouble() async -> String? {
        let probe = Downloader(
            policy: RetryPolicy(attempts: 1, budget: .seconds(5), firstDelay: .zero), stallLimit: .seconds(5))
        for url in urls {
            do throws(TransferError) { _ = try await probe.text(try SourceURL(probing: url)) } catch {
                return error.explanation.summary
            }
        }
        return nil
    }
}
