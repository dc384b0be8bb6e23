import Digests
import Engine
import HostConfig
import Reporting
import Steps

/// `host-bootstrap check`: validate the config only.
enum Check {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let configuration: HostConfiguration
        switch try await ConfigFile.load(options) {
        case .good(let loaded): configuration = loaded
        case .refused(let code): return code
        }
        if options.has("--json") { return Output.json([DiagnosticLine]()) }
        return Output.print("the config is valid, sha256:\(configuration.digest.hex)\n")
    }
}

/// `host-bootstrap preflight`: run every check, report all of them.
enum PreflightReport {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let configuration: HostConfiguration
        switch try await ConfigFile.load(options) {
        case .good(let loaded): configuration = loaded
        case .refused(let code): return code
        }
        let checks = await Preflight(configuration).run()
        let code: ExitCode = checks.allSatisfy(\.passed) ? .done : .preflightFailed
        if options.has("--json") { return Output.json(checks, code) }
        return Output.print(checks.flatMap(EventLines.check).joined(separator: "\n") + "\n", code)
    }
}
