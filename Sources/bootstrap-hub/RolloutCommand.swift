import Hub
import Platform

/// `bootstrap-hub rollout`, with what is to be done.
struct RolloutCommand {
    /// The word behind it.
    enum Act: String, CaseIterable {
        case start, status, pause, resume, abort
    }

    private enum Work {
        case start(Hub.RolloutRequest)
        case status(Int64?, asJSON: Bool)
        case order(Hub.RolloutOrder, Int64?)
    }

    static let options = [
        Option("--group", "LABELS", "start: hosts that have all of these labels, with commas between; or all"),
        Option("--config", "FILE", "start: their new config; or a folder with ID.json for each host"),
        Option("--bundle", "NAME=VERSION", "start, instead: a version of a bundle that this hub has"),
        Option("--agents", "", "start, instead: the agents that this hub gives out now, one for each machine"),
        Option(
            "--waves", "SIZES",
            "start: how many hosts, or per cent of them, have it at the end of each wave (default 1,10%,50%,100%)"),
        Option("--soak", "TIME", "start: how long a wave's hosts are well before the next begins (default 10m)"),
        Option("--max-failed", "N", "start: how many hosts, or per cent of them, may fail (default 0)"),
        Option("--within", "TIME", "start: how long a host may take until it counts as failed (default 1h)"),
        Option("--window", "WINDOW", "start: waves begin in it, as in \"mon-fri 09:00-16:00\", by the hub's clock"),
        Option("--json", "", "status: as JSON"),
    ]

    private let work: Work

    /// What is needed for the act, and what is not.
    static func check(_ options: CommandLineOptions) throws(UsageError) {
        guard let act = Act(rawValue: options.operand) else {
            throw .unknownAct(options.operand, Act.allCases.map(\.rawValue), .rollout)
        }
        for option in Self.options.map(\.name) where options[option] != nil {
            let belongsTo = option == "--json" ? Act.status : .start
            if act != belongsTo { throw .unexpected(option, .rollout) }
        }
        guard act == .start else { return }
        if options.operands.count > 1 { throw .unexpected(options.operands[1], .rollout) }
        if options["--group"] == nil { throw .missing("--group", .rollout) }
        let changes = ["--config", "--bundle", "--agents"].filter { options[$0] != nil }
        if changes.isEmpty { throw .missing("--config, --bundle or --agents", .rollout) }
        if changes.count > 1 { throw .exclusive(changes, .rollout) }
    }

    /// Reads what ``check(_:)`` has seen.
    init(_ options: CommandLineOptions) throws(HubError) {
        let number = try options.operands.dropFirst().first.map { (text) throws(HubError) in
            guard let number = Int64(text) else {
                throw .badSetting(name: "rollout", value: text, expected: "a roll-out's number")
            }
            return number
        }
        work =
            switch Act(rawValue: options.operand) ?? .status {
            case .start: .start(try Self.request(options))
            case .status: .status(number, asJSON: options["--json"] != nil)
            case .pause: .order(.pause, number)
            case .resume: .order(.resume, number)
            case .abort: .order(.abort, number)
            }
    }

    private static func request(_ options: CommandLineOptions) throws(HubError) -> Hub.RolloutRequest {
        let change: RolloutChange =
            if let path = options["--config"] {
                .config(path: path)
            } else if let bundle = options["--bundle"] {
                try RolloutChange(bundle: bundle)
            } else {
                .agents
            }
        return try Hub.RolloutRequest(
            group: HostGroup(options["--group"] ?? ""), change: change,
            waves: RolloutWaves(options["--waves"] ?? "1,10%,50%,100%"),
            mostFailed: FailureBound(options["--max-failed"] ?? "0"), soak: TimeSpan(options["--soak"] ?? "10m"),
            within: TimeSpan(options["--within"] ?? "1h"), window: options["--window"])
    }

    func run(_ hub: Hub) throws(HubError) {
        switch work {
        case .start(let request):
            let started = try hub.startRollout(request)
            for warning in started.warnings { Output.diagnose(warning) }
            let waves = started.waves.map { "\($0)" }.joined(separator: ", then ")
            let left = started.leftOut == 0 ? "" : "; \(started.leftOut) have it already"
            Output.diagnose(
                "roll-out \(started.id): \(waves) hosts\(left); bootstrap-hub rollout status shows how it goes")
            Output.print("\(started.id)\n")
        case .status(let id, let asJSON):
            let status = try hub.rolloutStatus(id)
            if asJSON { return Output.print("\(status.json)\n") }
            for line in status.lines {
                Output.print("\(HelpText.row(line.name, PathBytes(line.words).shown, column: 11))\n")
            }
        case .order(let order, let id):
            let number = try hub.order(order, id)
            let words =
                switch order {
                case .pause: "gives nothing more to anybody until it is resumed"
                case .resume: "goes on"
                case .abort: "is over; hosts that have it are given back what they had"
                }
            Output.diagnose("roll-out \(number) \(words)")
        }
    }
}
