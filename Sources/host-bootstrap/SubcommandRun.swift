import HostConfig
import Privileged

extension Subcommand {
    /// Runs the command.
    func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        switch self {
        case .apply, .rollback: try await Apply.run(options)
        case .plan: try await Plan.run(options)
        case .check: try await Check.run(options)
        case .preflight: try await PreflightReport.run(options)
        case .status: try await status(options)
        case .uninstall: await Uninstall.run(options)
        case .timings: Timings.run(options)
        case .explain: try Explain.run(options)
        case .completions: try Completions.run(options)
        case .schema: Output.print(String(decoding: HostConfiguration.schema, as: UTF8.self))
        case .bundle: try await BundleCommand.run(options)
        case .pull: try await Pull.run(options)
        case .hydrate: try await Hydrate.run(options)
        case .initialize: try await Init.run(options)
        case .installHelper: await InstallHelper.run(options)
        case .trust: await HostTrust.run(options)
        case .privilegedHelper: await HelperService.run() == 0 ? .done : .failed
        case .detachedRun: try await DetachedRun.run()
        }
    }

    private func status(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let ways = ["--verify", "--follow"].filter(options.has)
        guard ways.count < 2 else { throw .exclusive(ways, .status) }
        if options.has("--follow") { return try await StatusFollow.run(options) }
        return options.has("--verify") ? try await StatusVerification.run(options) : Status.run(options)
    }
}
