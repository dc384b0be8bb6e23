import Platform
import Privileged

/// `host-bootstrap install-helper`: make the one way to root of a bootstrap user who has no other.
enum InstallHelper {
    static func run(_ options: CommandLineOptions) async -> ExitCode {
        do {
            let name = options.last("--user") ?? ProcessStart.environment("SUDO_USER") ?? "root"
            guard let account = try await Account.lookUp(name) else {
                Output.explain(.noUser(name))
                return .failed
            }
            let (units, rootUnits) = (options.all("--unit"), options.all("--root-unit"))
            let installation = try await onOwnThread { () throws(PrivilegedError) in
                try HelperInstallation(for: account, units: units, rootUnits: rootUnits)
            }
            if options.has("--remove") {
                try await installation.remove()
                return Output.print("\(account.name) has no way to root by host-bootstrap any more\n")
            }
            try await installation.install()
            return Output.print("\(installation.words)\n")
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.diagnose("error: \(error)")
        }
        return .failed
    }
}
