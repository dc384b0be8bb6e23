import Digests
import Hub
import Platform
import Systemd

/// A command whose values have been read.
struct HubCommand {
    private enum Action {
        case serve(ListenAddress, TLSFiles?, names: [String])
        case addHost(HostID, config: String?, TokenLifetime?)
        case listHosts
        case removeHost(HostID)
        case joinCommand(HostID, HubURL?, TokenLifetime?)
        case rotateToken(HostID, TokenLifetime?)
        case revokeToken(HostID, TokenLifetime?)
        case addBundle(file: String)
        case addBinary(file: String)
        case userData(HostID, HubURL?, TokenLifetime?)
        case addKey(workspace: String)
        case audit(last: Int64, asJSON: Bool)
        case backup(file: String)
    }

    private let data: String
    private let database: SharedDatabase?
    private let action: Action

    /// Reads addresses and names; what is none of them is a wrong command line.
    init(_ options: CommandLineOptions) throws(UsageError) {
        data = options.data
        let tls = try Self.tls(options)
        do throws(HubError) {
            database = try options[Option.database.name].map(SharedDatabase.init)
            let lifetime = try options[Option.expires.name].map(TokenLifetime.init)
            action =
                switch options.command {
                case .serve:
                    .serve(
                        try Self.address(options["--listen"]), tls,
                        names: (options["--name"] ?? "").parts(at: ",", omittingEmpty: true).map(String.init))
                case .addHost: .addHost(try HostID(options.operand), config: options["--config"], lifetime)
                case .listHosts: .listHosts
                case .removeHost: .removeHost(try HostID(options.operand))
                case .joinCommand:
                    .joinCommand(try HostID(options.operand), try options["--hub-url"].map(HubURL.init), lifetime)
                case .rotateToken: .rotateToken(try HostID(options.operand), lifetime)
                case .revokeToken: .revokeToken(try HostID(options.operand), lifetime)
                case .addBundle: .addBundle(file: options.operand)
                case .addBinary: .addBinary(file: options.operand)
                case .userData:
                    .userData(try HostID(options.operand), try options["--hub-url"].map(HubURL.init), lifetime)
                case .addKey: .addKey(workspace: options.operand)
                case .audit: .audit(last: try Self.count(options["--last"]), asJSON: options["--json"] != nil)
                case .backup: .backup(file: options.operand)
                }
        } catch { throw .badValue(error.explanation, options.command) }
    }

    private static func count(_ text: String?) throws(HubError) -> Int64 {
        guard let text else { return 1000 }
        guard let number = Int64(text), number > 0 else {
            throw .badSetting(name: "--last", value: text, expected: "a number")
        }
        return number
    }

    private static func address(_ text: String?) throws(HubError) -> ListenAddress {
        if let text { return try ListenAddress(text) }
        return try .ofEnvironment()
    }

    private static func tls(_ options: CommandLineOptions) throws(UsageError) -> TLSFiles? {
        switch (options["--tls-cert"], options["--tls-key"]) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (let certificate, _):
            throw .missing(certificate == nil ? "--tls-cert" : "--tls-key", options.command)
        }
    }

    func run() async throws(HubError) {
        if database?.hasPassword == true {
            Output.diagnose(
                "warning: whoever is on this machine can read the password in --database; put it into a file of "
                    + "libpq's form, mode 0600, and name that in the address: ?passfile=/FILE")
        }
        let hub = try Hub(data: data, database: database)
        switch action {
        case .serve(let address, let tls, let names): try await serve(hub, on: address, tls, names)
        case .addHost(let id, let config, let lifetime): try admit(id, config, lifetime, to: hub)
        case .listHosts: try list(hub)
        case .removeHost(let id):
            try hub.removeHost(id)
            Output.diagnose("host \(id.name) is forgotten")
        case .joinCommand(let id, let url, let lifetime):
            let command = try hub.joinCommand(id, hub: url, tokenLives: lifetime)
            Output.diagnose("on the machine that becomes \(id.name), once, within \(Hub.joinLimit):")
            Output.print("\(command)\n")
        case .rotateToken(let id, let lifetime):
            let token = try hub.rotateTokens(of: id, tokenLives: lifetime)
            Output.diagnose(
                "the tokens before it are valid until its first report, \(Hub.rotationLimit) at most")
            Output.print("\(token)\n")
        case .revokeToken(let id, let lifetime):
            let made = try hub.replaceTokens(of: id, tokenLives: lifetime)
            Output.diagnose("\(made.revoked) tokens of host \(id.name) are worthless now")
            Output.print("\(made.token)\n")
        case .addBundle(let file): show(try hub.addBundle(file))
        case .addBinary(let file): show(try hub.addBinary(file))
        case .userData(let id, let url, let lifetime):
            Output.print(try hub.userData(id, hub: url, tokenLives: lifetime))
        case .audit(let last, let asJSON):
            for line in try hub.audit(last: last) {
                Output.print((asJSON ? line.json : Self.row(line.fields)) + "\n")
            }
        case .addKey(let workspace): try addKey(to: workspace, of: hub)
        case .backup(let file): try backUp(hub, to: file)
        }
    }

    private func list(_ hub: Hub) throws(HubError) {
        for host in try hub.hosts() {
            let words = [
                host.id, host.state, host.updatedAt ?? "-", "\(host.tokens)", host.nextExpiry ?? "-", host.message,
            ]
            Output.print(Self.row(words) + "\n")
        }
    }

    /// What hosts and strangers send is anybody's text: no tab, line's end or control sequence of it gets out.
    private static func row(_ words: [String]) -> String {
        words.map { PathBytes($0.isEmpty ? "-" : $0).shown }.joined(separator: "\t")
    }

    private func addKey(to workspace: String, of hub: Hub) throws(HubError) {
        let key = try hub.addDeltaKey(workspace)
        Output.diagnose("the key opens \(key.folder)")
        Output.print("\(key.text)\n")
    }

    private func backUp(_ hub: Hub, to file: String) throws(HubError) {
        try hub.store.backUp(to: file)
        if let server = hub.sharedDatabase {
            Output.diagnose("warning: hosts and reports are not in it, but in \(server): pg_dump copies those")
        }
    }

    private func serve(
        _ hub: Hub, on address: ListenAddress, _ tls: TLSFiles?, _ names: [String]
    ) async throws(HubError) {
        let left = try hub.hostsLeftBehind()
        if left > 0 {
            Output.diagnose("warning: \(data)/hub.db holds \(left) hosts that are not in the shared database")
        }
        let signals = SignalWatch()
        let server = try HubServer(
            hub, on: address, taking: Supervisor.listeningSocket(), tls: tls, names: names,
            onWarning: { Output.diagnose("warning: \($0)") }, onFailure: { Output.explain($0) })
        Output.print("listening on \(server.url.text)\n")
        Supervisor.ready()
        let watchdog = Task { await Self.feedWatchdog(hub) }
        for await _ in signals.signals { break }
        watchdog.cancel()
        await watchdog.value
        Supervisor.stopping()
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

    private func admit(
        _ id: HostID, _ config: String?, _ lifetime: TokenLifetime?, to hub: Hub
    ) throws(HubError) {
        let admission = try hub.addHost(id, config: config, tokenLives: lifetime)
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
