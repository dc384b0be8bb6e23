import Digests
import Hub
import Platform
import Reporting

/// A command whose values have been read.
struct HubCommand {
    private enum Action {
        case begin(HubURL?)
        case serve(Serving)
        case addHost(HostID, config: String?, TokenLifetime?)
        case signConfig(HostID, signature: String)
        case listHosts
        case label(HostID, [LabelChange])
        case removeHost(HostID)
        case joinCommand(HostID, HubURL?, TokenLifetime?)
        case rotateToken(HostID, TokenLifetime?)
        case revokeToken(HostID, TokenLifetime?)
        case addBundle(file: String)
        case addBinary(file: String)
        case userData(HostID, UserDataFormat, HubURL?, ConfigKeys?, TokenLifetime?)
        case addKey(workspace: String, TokenLifetime?)
        case listKeys
        case revokeKey(id: String)
        case addUser(UserName, UserRole, Hub.UserKind?)
        case listUsers
        case removeUser(UserName)
        case rollout(RolloutCommand)
        case secret(SecretCommand)
        case audit(last: Int64, asJSON: Bool)
        case backup(file: String)
        case completions(script: String)
    }

    private let data: String
    private let database: SharedDatabase?
    private let action: Action

    /// Reads addresses and names; what is none of them is a wrong command line.
    init(_ options: CommandLineOptions) throws(UsageError) {
        data = options.data
        if !data.isEmpty { Output.name(data) }
        if options["--signature"] != nil, options["--config"] != nil {
            throw .exclusive(["--config", "--signature"], options.command)
        }
        let tls = try Self.tls(options)
        let proxy = try Self.both("--trusted-proxy", "--user-header", options)
        let role = options["--role"]
        if options.command == .addUser { try Self.checkUser(options) }
        if options.command == .rollout { try RolloutCommand.check(options) }
        if options.command == .secret { try SecretCommand.check(options) }
        do throws(HubError) {
            database = try options[Option.database.name].map(SharedDatabase.init)
            let lifetime = try options[Option.expires.name].map(TokenLifetime.init)
            action =
                switch options.command {
                case .initialize: .begin(try options["--hub-url"].map(HubURL.init))
                case .serve:
                    .serve(
                        Serving(
                            address: try Self.address(options["--listen"]), tls: tls,
                            names: (options["--name"] ?? "").parts(at: ",", omittingEmpty: true).map(String.init),
                            proxy: try proxy.map { (proxy) throws(HubError) in
                                try TrustedProxy(proxy.0, header: proxy.1)
                            }))
                case .addHost:
                    if let signature = options["--signature"] {
                        .signConfig(try HostID(options.operand), signature: signature)
                    } else {
                        .addHost(try HostID(options.operand), config: options["--config"], lifetime)
                    }
                case .listHosts: .listHosts
                case .label:
                    .label(
                        try HostID(options.operand),
                        try options.operands.dropFirst().map { (text) throws(HubError) in try LabelChange(text) })
                case .removeHost: .removeHost(try HostID(options.operand))
                case .joinCommand:
                    .joinCommand(try HostID(options.operand), try options["--hub-url"].map(HubURL.init), lifetime)
                case .rotateToken: .rotateToken(try HostID(options.operand), lifetime)
                case .revokeToken: .revokeToken(try HostID(options.operand), lifetime)
                case .addBundle: .addBundle(file: options.operand)
                case .addBinary: .addBinary(file: options.operand)
                case .userData:
                    .userData(
                        try HostID(options.operand), try options["--format"].map(UserDataFormat.init) ?? .shell,
                        try options["--hub-url"].map(HubURL.init),
                        try options["--config-key"].map { (text) throws(HubError) in try ConfigKeys(text) }, lifetime)
                case .addKey: .addKey(workspace: options.operand, lifetime)
                case .listKeys: .listKeys
                case .revokeKey: .revokeKey(id: options.operand)
                case .addUser:
                    .addUser(
                        try UserName(options.operand), try Self.role(role ?? ""),
                        options["--token"] != nil
                            ? .token(lives: lifetime) : options["--no-password"] != nil ? .proxy : nil)
                case .listUsers: .listUsers
                case .removeUser: .removeUser(try UserName(options.operand))
                case .rollout: .rollout(try RolloutCommand(options))
                case .secret: .secret(try SecretCommand(options))
                case .audit: .audit(last: try Self.count(options["--last"]), asJSON: options["--json"] != nil)
                case .backup: .backup(file: options.operand)
                case .completions: .completions(script: try Completions.script(for: options.operand))
                }
        } catch { throw .badValue(error.explanation, options.command) }
    }

    /// A user has a role, one way to be known, and an end only where that is a token.
    private static func checkUser(_ options: CommandLineOptions) throws(UsageError) {
        guard options["--role"] != nil else { throw .missing("--role", .addUser) }
        if options["--token"] == nil, options[Option.expires.name] != nil { throw .missing("--token", .addUser) }
        if options["--token"] != nil, options["--no-password"] != nil {
            throw .exclusive(["--token", "--no-password"], .addUser)
        }
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
        try both("--tls-cert", "--tls-key", options).map { TLSFiles(certificate: $0.0, key: $0.1) }
    }

    /// Two options that go together.
    private static func both(
        _ one: String, _ other: String, _ options: CommandLineOptions
    ) throws(UsageError) -> (String, String)? {
        switch (options[one], options[other]) {
        case (nil, nil): return nil
        case (let first?, let second?): return (first, second)
        case (let first, _): throw .missing(first == nil ? one : other, options.command)
        }
    }

    private static func role(_ text: String) throws(HubError) -> UserRole {
        guard let role = UserRole(rawValue: text) else { throw .badRole(text) }
        return role
    }

    func run() async throws(HubError) {
        if case .completions(let script) = action { return Output.print(script) }
        if database?.hasPassword == true {
            Output.diagnose(
                "warning: whoever is on this machine can read the password in --database; put it into a file of "
                    + "libpq's form, mode 0600, and name that in the address: ?passfile=/FILE")
        }
        let hub = try Hub(data: data, database: database)
        switch action {
        case .begin(let url): try await Beginning.run(hub, data: data, url: url)
        case .serve(let serving): try await serving.run(hub, data: data)
        case .addHost(let id, let config, let lifetime): try admit(id, config, lifetime, to: hub)
        case .signConfig(let id, let signature):
            for warning in try hub.setSignature(signature, of: id) { Output.diagnose(warning) }
            Output.diagnose("the config of host \(id.name) has a signature")
        case .listHosts: try Listing.hosts(of: hub)
        case .label(let id, let changes):
            let labels = try hub.label(id, changes)
            Output.diagnose("host \(id.name) has \(labels.isEmpty ? "no labels" : "the labels \(labels)")")
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
        case .addBundle(let file):
            show(
                try await WorkDisplay.during(.addBundle) { (notes) throws(HubError) in try hub.addBundle(file, notes) })
        case .addBinary(let file):
            show(
                try await WorkDisplay.during(.addBinary) { (notes) throws(HubError) in try hub.addBinary(file, notes) })
        case .userData(let id, let format, let url, let keys, let lifetime):
            Output.print(try hub.userData(id, as: format, hub: url, keys: keys, tokenLives: lifetime))
        case .addUser(let name, let role, let kind): try await add(name, role, kind, to: hub)
        case .listUsers: try Listing.users(of: hub)
        case .removeUser(let name):
            try hub.removeUser(name)
            Output.diagnose("user \(name.text) is forgotten")
        case .rollout(let command): try command.run(hub)
        case .secret(let command): try command.run(hub)
        case .audit(let last, let asJSON): try Listing.audit(of: hub, last: last, asJSON: asJSON)
        case .addKey(let workspace, let lifetime): try addKey(to: workspace, lifetime, of: hub)
        case .listKeys: try Listing.keys(of: hub)
        case .revokeKey(let id): Output.diagnose("the key opens \(try hub.revokeDeltaKey(id)) no more")
        case .backup(let file): try backUp(hub, to: file)
        case .completions: break
        }
    }

    /// Known by a password, unless it is said otherwise.
    private func add(_ name: UserName, _ role: UserRole, _ kind: Hub.UserKind?, to hub: Hub) async throws(HubError) {
        let made = try await onOwnThread { () throws(HubError) in
            let proof = if let kind { kind } else { Hub.UserKind.password(try PasswordPrompt.read()) }
            return try hub.setUser(name, role: role, proof)
        }
        Output.diagnose("\(role.rawValue) \(name.text) is \(made.isNew ? "added" : "changed, and logged out")")
        if let token = made.token { Output.print("\(token)\n") }
    }

    private func addKey(to workspace: String, _ lifetime: TokenLifetime?, of hub: Hub) throws(HubError) {
        let key = try hub.addDeltaKey(workspace, lives: lifetime)
        Output.diagnose("the key opens \(key.folder)")
        Output.print("\(key.text)\n")
    }

    private func backUp(_ hub: Hub, to file: String) throws(HubError) {
        try hub.store.backUp(to: file)
        if let server = hub.sharedDatabase {
            Output.diagnose("warning: hosts and reports are not in it, but in \(server): pg_dump copies those")
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
        Output.print("\(artifact.urlPath) \(artifact.digest.hex) \(artifact.size)\n")
    }
}
