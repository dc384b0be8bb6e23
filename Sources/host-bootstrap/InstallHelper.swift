import Platform
import Privileged

/// `host-bootstrap install-helper`: make the one way to root of a bootstrap user who has no other.
enum InstallHelper {
    static func run(_ options: CommandLineOptions) async -> ExitCode {
        do {
            if let signature = options.last("--signature") { return try await renew(signature) }
            let name = options.last("--user") ?? ProcessStart.environment("SUDO_USER") ?? "root"
            guard let account = try await Account.lookUp(name) else {
                Output.explain(.noUser(name))
                return .failed
            }
            let (units, rootUnits, keys) = (options.all("--unit"), options.all("--root-unit"), options.all("--key"))
            let installation = try await onOwnThread { () throws(PrivilegedError) in
                try HelperInstallation(
                    for: account, version: Version.number, units: units, rootUnits: rootUnits, keys: keys)
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
            Output.explain(.unexpected(error))
        }
        return .failed
    }

    /// Brings this version to the helper that is there, which decides.
    private static func renew(_ path: String) async throws -> ExitCode {
        let (executable, signature) = try await onOwnThread { () throws(SystemCallError) in
            (try ProcessStart.executable(), String(decoding: try Files.read(path, limit: 1 << 16), as: UTF8.self))
        }
        try await PrivilegedHelper.renew(with: executable, signature: signature)
        return Output.print("\(ClosedDoor.program) is this version now\n")
    }
}
