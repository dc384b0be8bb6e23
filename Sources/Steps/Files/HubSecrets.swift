import Engine
import HostConfig
import Platform
import Transfer

/// The secrets of a config that are the hub's to give.
///
/// It is asked once in a process, so that all of a run means the same; when it is away, what it gave before counts.
struct HubSecrets: Sendable {
    /// One that was had.
    struct Given: Sendable {
        let text: String
        /// Why the hub did not say whether this is what it has now; nil when it did, or was not to be asked.
        var doubt: Explanation?
    }

    private let given: [String: Result<Given, StepFailure>]

    init(_ given: [String: Result<Given, StepFailure>] = [:]) { self.given = given }

    /// One of them by its name.
    subscript(name: String) -> Result<Given, StepFailure> {
        given[name] ?? .failure(StepFailure(SecretError.atHub(name: name)))
    }

    private static let asked = AskedOnce<[String], HubSecrets>()

    /// Asks for all that the config names for this host.
    static func of(_ host: Host) async -> HubSecrets {
        let names = host.configuration.hubSecrets(for: host.architecture)
        guard let hub = host.configuration.hub, !names.isEmpty else { return HubSecrets() }
        if host.inspection.isOffline, !host.inspection.asksHub {
            return HubSecrets(await kept(names, host).mapValues { $0.map { Given(text: $0) } })
        }
        let addresses = names.compactMap { hub.address(ofSecret: $0)?.text }
        return await asked.answer(addresses + [host.layout.bootstrap]) { await all(names, of: hub, host) }
    }

    /// Asks whatever was asked before.
    static func all(_ names: [String], of hub: HubEndpoint, _ host: Host) async -> HubSecrets {
        let kept = await kept(names, host)
        let fetched = await withTaskGroup(of: (String, Result<String, StepFailure>).self) { group in
            for name in names { group.addTask { (name, await answer(name, of: hub, host)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return HubSecrets(
            toldOnce(fetched, names, hub).reduce(into: [:]) { $0[$1.key] = given($1.value, kept[$1.key]) })
    }

    /// Whatever answers in the hub's place, or the hub itself when somebody took the secret away there: a host that works goes
    /// on with what it was given, and says why that is in doubt.
    private static func given(
        _ fetched: Result<String, StepFailure>, _ kept: Result<String, StepFailure>?
    ) -> Result<Given, StepFailure> {
        switch (fetched, kept) {
        case (.success(let text), _): .success(Given(text: text))
        case (.failure(let error), .success(let text)?): .success(Given(text: text, doubt: error.explanation))
        case (.failure(let error), _): .failure(error)
        }
    }

    /// One cause for all, such as a hub that is away, is one failure at the hub's address, and not one for each secret.
    static func toldOnce(
        _ fetched: [String: Result<String, StepFailure>], _ names: [String], _ hub: HubEndpoint
    ) -> [String: Result<String, StepFailure>] {
        let failures = names.compactMap { name -> Explanation? in
            if case .failure(let error)? = fetched[name] { error.explanation } else { nil }
        }
        guard names.count > 1, failures.count == names.count, let first = failures.first,
            failures.allSatisfy({ $0.problem == first.problem })
        else { return fetched }
        return fetched.mapValues { result in
            result.mapError {
                StepFailure($0.kind, Explanation($0.explanation.problem, at: hub.url.text, hint: first.hint))
            }
        }
    }

    private static func answer(_ name: String, of hub: HubEndpoint, _ host: Host) async -> Result<String, StepFailure> {
        do throws(StepFailure) { return .success(try await fetch(name, of: hub, host)) } catch {
            return .failure(error)
        }
    }

    private static func fetch(_ name: String, of hub: HubEndpoint, _ host: Host) async throws(StepFailure) -> String {
        guard let address = hub.address(ofSecret: name) else { throw StepFailure(SecretError.atHub(name: name)) }
        let token = try await host.reveal(hub.token)
        let bytes: [UInt8]
        do throws(TransferError) {
            let access = try Access(token, for: try SourceURL(hub.url.text))
            bytes = try await Downloader(tls: host.configuration.tlsToHub).bytes(
                try SourceURL(address.text), access: access, limit: Secret.sizeLimit, within: patience)
        } catch {
            throw StepFailure(.failed, words(of: error, name, host.configuration.hostID))
        }
        do throws(SecretError) { return try Secret.accept(bytes, as: .text, from: address.text) } catch {
            throw StepFailure(error)
        }
    }

    /// A run goes on without a hub that is away, and is not held up by it for longer.
    private static let patience = Duration.seconds(20)

    private static func words(of error: TransferError, _ name: String, _ host: String) -> Explanation {
        let place = error.explanation.place
        guard case .status(_, let status) = error else { return error.explanation }
        return switch status {
        case 404:
            Explanation(
                "the hub has no secret \(name) for this host", at: place,
                hint: "at the hub: bootstrap-hub secret set \(name) --host \(host) --data DIR")
        case 409:
            Explanation(
                "the hub has the secret \(name) of several groups that this host is in", at: place,
                hint: "at the hub: bootstrap-hub secret list --data DIR shows them; then "
                    + "bootstrap-hub secret set \(name) --host \(host) --data DIR")
        case 401, 403:
            Explanation(
                "the hub does not take this host's token", at: place,
                hint:
                    "at the hub: bootstrap-hub rotate-token \(host) --data DIR; put what it prints where the config's "
                    + "hub.token says")
        default: error.explanation
        }
    }

    /// What the hub gave before, by name; or why it is not to be had.
    private static func kept(_ names: [String], _ host: Host) async -> [String: Result<String, StepFailure>] {
        let layout = host.layout
        return await onOwnThread { () throws(Never) in
            let found = names.map { name in
                Result { () throws(SecretError) in try Secret(file: layout.secret(name)).reveal(.text) }
            }
            return Dictionary(uniqueKeysWithValues: zip(names, found.map { $0.mapError { StepFailure($0) } }))
        }
    }
}

extension Host {
    /// A secret's text, wherever it lies.
    ///
    /// Blocks.
    func value(of secret: Secret, _ form: Secret.Form = .line) throws(StepFailure) -> String {
        let text = try secret.hubName.map { (name) throws(StepFailure) in try hubSecrets[name].get().text }
        do throws(SecretError) {
            guard let text, let name = secret.hubName else { return try secret.reveal(form) }
            return try Secret.accept(Array(text.utf8), as: form, from: "the hub's secret \(name)")
        } catch {
            throw StepFailure(error)
        }
    }
}
