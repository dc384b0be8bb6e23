import Digests
import HostConfig
import JSON
import Platform
import Steps
import Transfer
import Trust

/// A host's config as its server last had it, kept beside the receipt: of whom it is and what it says is for others to judge.
struct PulledConfig: Sendable {
    /// Where it comes from.
    let source: WebAddress
    /// It is signed, so the signature is fetched, too.
    let isSigned: Bool
    private let folder: String
    private let downloader: Downloader
    private let hub: HubEndpoint?

    /// Of a host that looks at itself; nil when it has no place to fetch from.
    init?(_ configuration: HostConfiguration, _ layout: HostLayout, isSigned: Bool) {
        guard let schedule = configuration.schedule, let source = schedule.source else { return nil }
        self.source = source
        self.isSigned = isSigned
        folder = layout.pull
        hub = configuration.hub
        downloader = Downloader(
            tls: schedule.isElsewhere ? configuration.tls(trusting: configuration.caFile) : configuration.tlsToHub)
    }

    /// The file that it is kept in; its signature lies beside it.
    var path: String { "\(folder)/config.json" }
    private var signature: String { "\(path).minisig" }
    private var origin: String { "\(folder)/source.json" }

    /// What is remembered of where the file came from.
    private struct Note: Codable {
        let url: String
        let tag: String?
    }

    /// What the server has: the whole text, whether it is new or not; nil when it has none for this host.
    func fetch() async throws -> [UInt8]? {
        let (known, note) = try await onOwnThread { () throws(SystemCallError) -> ([UInt8]?, Note?) in
            try Folders.make(folder, mode: 0o700)
            let note = try Files.readIfPresent(origin).flatMap { try? Note(json: $0) }
            return (try Files.readIfPresent(path, limit: HostConfiguration.sizeLimit), note)
        }
        let url = try SourceURL(source.text)
        let access = try await access()
        let tag = known != nil && note?.url == source.text ? note?.tag : nil
        let fresh: Downloader.Tagged?
        do throws(TransferError) {
            fresh = try await downloader.bytes(
                url, access: access, unlessTagged: tag, limit: HostConfiguration.sizeLimit, within: Self.patience)
        } catch {
            if case .status(_, 404) = error { return nil }
            throw error
        }
        // The same config may have been signed anew, for longer.
        let signed = isSigned ? try await signature(of: url, access) : nil
        try await onOwnThread { () throws(SystemCallError) in
            // Cut off between the two, the file is fetched whole next time.
            if let fresh {
                try Files.remove(origin)
                try Files.replace(path, with: fresh.bytes, mode: 0o600)
            }
            if let signed {
                try Files.replace(signature, with: signed, mode: 0o600)
            } else {
                try Files.remove(signature)
            }
            if let fresh {
                try Files.replace(origin, with: Note(url: source.text, tag: fresh.tag).json(), mode: 0o600)
            }
        }
        return fresh?.bytes ?? known
    }

    /// Nil when there is none, which is for others to refuse.
    private func signature(of url: SourceURL, _ access: Access) async throws -> [UInt8]? {
        do throws(TransferError) {
            return try await downloader.bytes(
                try url.appendingToPath(".minisig"), access: access, limit: 64 << 10, within: Self.patience)
        } catch {
            if case .status(_, 404) = error { return nil }
            throw error
        }
    }

    private static let patience = Duration.seconds(60)

    /// The hub's token goes to the hub alone, wherever the config comes from.
    private func access() async throws -> Access {
        guard let hub else { return .open }
        let token = try await onOwnThread { () throws(SecretError) in try hub.token.reveal() }
        return try Access(token, for: try SourceURL(hub.url.text))
    }
}
