import Digests
import HostConfig
import JSON
import Platform
import Reporting
import Steps
import Transfer

/// Reports to the hub that the config names.
enum HubConnection {
    /// A reporter; nil when the config names no hub.
    static func reporter(for configuration: HostConfiguration) async throws(HubConnectionError) -> HubReporter? {
        guard let hub = configuration.hub else { return nil }
        let poster = try await poster(to: hub.url, configuration, hub)
        let run = ReportedRun(
            configDigest: configuration.digest.hex, agentVersion: Version.number,
            // Who cannot check in is not to be missed.
            scheduleSeconds: hub.checkIns == nil ? nil : configuration.schedule?.everySeconds,
            configSource: configuration.configSource)
        return HubReporter(run) { body in Delivery(await poster.post(body)) }
    }

    /// Tells the hub how the host stands between runs, once; what it answers, 0 when it does not.
    ///
    /// Nil when its address is not laid out as a hub's, or the config names none.
    static func deliver(
        _ checkIn: CheckIn, of configuration: HostConfiguration
    ) async throws(HubConnectionError) -> Int? {
        guard let hub = configuration.hub, let url = hub.checkIns else { return nil }
        return await (try poster(to: url, configuration, hub)).post(checkIn.json()).status
    }

    private static func poster(
        to address: WebAddress, _ configuration: HostConfiguration, _ hub: HubEndpoint
    ) async throws(HubConnectionError) -> Poster {
        let token: String, url: SourceURL
        do throws(SecretError) {
            token = try await onOwnThread { () throws(SecretError) in try hub.token.reveal() }
        } catch {
            throw .token(error)
        }
        do throws(TransferError) { url = try SourceURL(address.text) } catch { throw .address(error) }
        return Poster(url, token: token, tls: configuration.tlsToHub)
    }
}

extension HostConfiguration {
    /// Where the config comes from, as the hub is told.
    var configSource: ConfigSource? { schedule?.isElsewhere == true ? .elsewhere : nil }
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
