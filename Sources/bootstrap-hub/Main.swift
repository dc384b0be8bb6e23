internal import Glibc
import Hub
import Platform

@main
struct Main {
    static func main() async {
        ProcessStart.prepare()
        SignalWatch.surviveHangUp()
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        if arguments.first == CompletionTable.request {
            Completions.answer(arguments.dropFirst())
            return 0
        }
        let command: HubCommand
        do throws(UsageError) {
            switch try Request.parse(arguments) {
            case .help(let subcommand):
                Output.print(Help.text(subcommand))
                return 0
            case .version:
                Output.print(versions)
                return 0
            case .run(let options): command = try HubCommand(options)
            }
        } catch {
            Output.explain(error.explanation)
            return 2
        }
        do throws(HubError) { try await command.run() } catch {
            Output.explain(error.explanation)
            return 1
        }
        return 0
    }

    private static var versions: String {
        let released = LinkedLibraries.versions(of: [
            "libc", "libcrypto", "libmicrohttpd", "libpq", "libsqlite3", "libstdc++",
        ])
        let libraries = released.isEmpty ? Hub.libraryVersions.map { "\($0.name) \($0.version)" } : released
        return (["bootstrap-hub \(Hub.version)"] + libraries).joined(separator: "\n") + "\n"
    }
}
