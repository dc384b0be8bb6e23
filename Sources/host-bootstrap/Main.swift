internal import Glibc
import Platform

@main
struct Main {
    static func main() async {
        ProcessStart.prepare()
        SignalWatch.surviveHangUp()
        exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    private static func run(_ arguments: [String]) async -> ExitCode {
        if arguments.first == CompletionTable.request { return await CompletionWords.run(arguments.dropFirst()) }
        do throws(UsageError) {
            let options = try CommandLineOptions.parse(arguments)
            if options.has("--version") { return Output.print(Version.text()) }
            if options.has("--help") {
                return Output.print(
                    arguments.first?.hasPrefix("-") == true ? Help.program() : Help.command(options.command))
            }
            return try await options.command.run(options)
        } catch {
            Output.explain(error.explanation)
            return .usage
        }
    }
}
