import Hub
import Platform

/// `bootstrap-hub secret`, with what is to be done.
struct SecretCommand {
    /// The word behind it.
    enum Act: String, CaseIterable {
        case set, list, remove
    }

    private enum Work {
        case set(String, SecretOwner)
        case list
        case remove(String, SecretOwner)
    }

    static let options = [
        Option("--host", "ID", "set, remove: the host whose secret it is"),
        Option("--group", "LABELS", "set, remove, instead: of all hosts that have all of these labels; or all"),
    ]

    private let work: Work

    /// What is needed for the act, and what is not.
    static func check(_ options: CommandLineOptions) throws(UsageError) {
        guard let act = Act(rawValue: options.operand) else {
            throw .unknownAct(options.operand, Act.allCases.map(\.rawValue), .secret)
        }
        let owners = Self.options.map(\.name).filter { options[$0] != nil }
        if act == .list {
            if let word = options.operands.dropFirst().first ?? owners.first { throw .unexpected(word, .secret) }
            return
        }
        if options.operands.count < 2 { throw .missing("NAME", .secret) }
        if owners.isEmpty { throw .missing("--host or --group", .secret) }
        if owners.count > 1 { throw .exclusive(owners, .secret) }
    }

    /// Reads what ``check(_:)`` has seen.
    init(_ options: CommandLineOptions) throws(HubError) {
        let name = options.operands.last ?? ""
        work =
            switch Act(rawValue: options.operand) ?? .list {
            case .set: .set(name, try Self.owner(options))
            case .remove: .remove(name, try Self.owner(options))
            case .list: .list
            }
    }

    private static func owner(_ options: CommandLineOptions) throws(HubError) -> SecretOwner {
        if let host = options["--host"] { return .host(try HostID(host)) }
        return .group(try HostGroup(options["--group"] ?? ""))
    }

    func run(_ hub: Hub) throws(HubError) {
        switch work {
        case .set(let name, let owner):
            guard let value = try PasswordPrompt.readText() else { throw .secret(.badValue(name)) }
            try hub.setSecret(name, of: owner, to: value)
            Output.diagnose(
                "hosts have it with their next run or look; bootstrap-hub secret list tells how many were given it")
        case .list: try Listing.secrets(of: hub)
        case .remove(let name, let owner):
            try hub.removeSecret(name, of: owner)
            Output.diagnose("the secret is forgotten; what hosts were given stays with them until their configs change")
        }
    }
}
