import HostConfig
import Platform
import Reporting
import Transfer

/// Reports to the hub that the config names.
enum HubConnection {
    /// A reporter; nil when there is no hub, or none that can be used, which is said and changes nothing else.
    static func reporter(for configuration: HostConfiguration) -> HubReporter? {
        guard let hub = configuration.hub else { return nil }
        do {
            let token = try hub.token.reveal()
            let tls = TLSSettings(
                extraAuthorities: hub.caFile ?? configuration.caFile,
                clientCertificate: configuration.clientCertificate, clientKey: configuration.clientKey)
            let poster = Poster(try SourceURL(hub.url.text), token: token, tls: tls)
            return HubReporter { body in Delivery(await poster.post(body)) }
        } catch let error as any Explained {
            Output.diagnose("warning: no reports to the hub: \(error.explanation.summary)")
        } catch {
            Output.diagnose("warning: no reports to the hub")
        }
        return nil
    }
}

extension Delivery {
    /// What an answer means for the report: only the hub's own refusals are final.
    init(_ answer: Poster.Answer) {
        switch answer.status {
        case 200..<300: self = .accepted
        case 400, 413: self = .refused
        default: self = .later(answer.retryAfter)
        }
    }
}
