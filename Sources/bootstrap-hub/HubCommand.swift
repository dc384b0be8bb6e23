import Digests
import Hub
import Platform
import Systemd

/// A command whose values have been read.
enum HubCommand {
    case serve(data: String, ListenAddress, TLSFiles?)
    case addHost(data: String, HostID, config: String?)
    case addBundle(data: String, file: String)
    case addBinary(data: String, file: String)
    case userData(data: String, HostID, HubURL?)
    case addKey(data: String, workspace: String)
    case backup(data: String, file: String)

    /// Reads addresses and names; what is none of them is a wrong command line.
    init(_ options: CommandLineOptions) throws(UsageError) {
        let data = options.data
        do throws(HubError) {
            self =
                switch options.command {
                case .serve:
                    .serve(
                        data: data, try Self.address(options["--listen"]), try Self.tls(options))
                case .addHost: .addHost(data: data, try HostID(options.operand), config: options["--config"])
                case .addBundle: .addBundle(data: data, file: options.operand)
                case .addBinary: .addBinary(data: data, file: options.operand)
                case .userData:
                    .userData(data: data, try HostID(options.operand), try options["--hub-url"].map(HubURL.init))
                case .addKey: .addKey(data: data, workspace: options.operand)
                case .backup: .backup(data: data, file: options.operand)
                }
        } catch { throw .badValue(error.explanation, options.command) }
    }

    private static func address(_ text: String?) throws(HubError) -> ListenAddress {
        if let text { return try ListenAddress(text) }
        return try .ofEnvironment()
    }

    private static func tls(_ options: CommandLineOptions) throws(HubError) -> TLSFiles? {
        switch (options["--tls-cert"], options["--tls-key"]) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (let certificate, _):
            throw .badSetting(
                name: certificate == nil ? "--tls-cert" : "--tls-key", value: "none", expected: "given with the other")
        }
    }

    func run() async throws(HubError) {
        switch self {
        case .serve(let data, let address, let tls): try await serve(Hub(data: data), on: address, tls)
        case .addHost(let data, let id, let config): try admit(id, config, to: Hub(data: data))
        case .addBundle(let data, let file): show(try Hub(data: data).addBundle(file))
        case .addBinary(let data, let file): show(try Hub(data: data).addBinary(file))
        case .userData(let data, let id, let url): Output.print(try Hub(data: data).userData(id, hub: url))
        case .addKey(let data, let workspace): Output.print("\(try Hub(data: data).addDeltaKey(workspace))\n")
        case .backup(let data, let file): try Hub(data: data).store.backUp(to: file)
        }
    }

    private func serve(_ hub: Hub, on address: ListenAddress, _ tls: TLSFiles?) async throws(HubError) {
        let signals = SignalWatch()
        let server = try HubServer(
            hub, on: address, taking: Supervisor.listeningSocket(), tls: tls, onFailure: { Output.explain($0) })
        Output.print("listening on \(server.url.text)\n")
        Supervisor.ready()
        let watchdog = Task { await Self.feedWatchdog(hub) }
        for await _ in signals.signals { break }
        Supervisor.stopping()
        watchdog.cancel()
        await server.stop()
    }

    /// Tells systemd that all is well as long as the database answers.
    private static func feedWatchdog(_ hub: Hub) async {
        guard let interval = Supervisor.watchdogInterval else { return }
        while !Task.isCancelled {
            if await hub.answers() { Supervisor.alive() }
            try? await Task.sleep(for: interval / 3)
        }
    }

    private func admit(_ id: HostID, _ config: String?, to hub: Hub) throws(HubError) {
        let admission = try hub.addHost(id, config: config)
        for warning in admission.warnings { Output.diagnose(warning) }
        guard let token = admission.token else {
            return Output.diagnose("host \(id.name) has a new config; its tokens are as they were")
        }
        Output.print("\(token)\n")
    }

    private func show(_ artifact: Artifact) {
        Output.print("\(artifact.urlPath) \(artifact.digest.hex)\n")
    }
}
