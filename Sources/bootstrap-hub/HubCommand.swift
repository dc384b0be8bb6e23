import Digests
import Hub
import Platform

/// A command whose values have been read.
enum HubCommand {
    case serve(data: String, ListenAddress)
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
                case .serve: .serve(data: data, try Self.address(options["--listen"]))
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

    func run() async throws(HubError) {
        switch self {
        case .serve(let data, let address): try await serve(Hub(data: data), on: address)
        case .addHost(let data, let id, let config): try admit(id, config, to: Hub(data: data))
        case .addBundle(let data, let file): show(try Hub(data: data).addBundle(file))
        case .addBinary(let data, let file): show(try Hub(data: data).addBinary(file))
        case .userData(let data, let id, let url): Output.print(try Hub(data: data).userData(id, hub: url))
        case .addKey(let data, let workspace): Output.print("\(try Hub(data: data).addDeltaKey(workspace))\n")
        case .backup(let data, let file): try Hub(data: data).store.backUp(to: file)
        }
    }

    private func serve(_ hub: Hub, on address: ListenAddress) async throws(HubError) {
        let signals = SignalWatch()
        let server = try HubServer(hub, on: address, onFailure: { Output.explain($0) })
        Output.print("listening on \(server.url.text)\n")
        for await _ in signals.signals { break }
        await server.stop()
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
