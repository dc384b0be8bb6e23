import HostConfig
import Platform
import Reporting
import Transfer

/// Reports to the hub that the config names.
enum HubConnection {
    /// A reporter; nil when the config names no hub.
    static func reporter(for configuration: HostConfiguration) async throws(HubConnectionError) -> HubReporter? {
        guard let hub = configuration.hub else { return nil }
        let tls = TLSSettings(
            extraAuthorities: hub.caFile ?? configuration.caFile,
            clientCertificate: configuration.clientCertificate, clientKey: configuration.clientKey)
        let token: String, url: SourceURL
        do throws(SecretError) {
            token = try await onOwnThread { () throws(SecretError) in try hub.token.reveal() }
        } catch {
            throw .token(error)
        }
        do throws(TransferError) { url = try SourceURL(hub.url.text) } catch { throw .address(error) }
        let poster = Poster(url, token: token, tls: tls)
        return HubReporter { body in Delivery(await poster.post(body)) }
    }
}

/// The hub gets no reports.
enum HubConnectionError: Explained {
    case token(SecretError)
    case address(TransferError)

    var explanation: Explanation {
        switch self {
        case .token(let error): error.explanation
        case .address(let error): error.explanation
        }
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
