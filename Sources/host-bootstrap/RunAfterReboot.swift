import HostConfig
import JSON
import Platform
import Privileged
import Reporting

/// The last act of a run whose config lets it boot the host anew, and what goes on after that.
struct RunAfterReboot {
    let configuration: HostConfiguration

    /// Leaves what is to be done after the boot, and asks for it; the run's exit code, or why it cannot be.
    func reboot() async -> ExitCode {
        let (root, place) = (configuration.bootstrapRoot, await DetachedPlace.ofThisUser())
        do {
            try await onOwnThread { () throws(SystemCallError) in
                try place.putForNextBoot(
                    DetachedPlace.Request(
                        // The config as it is in force: where this one came from may be gone by then.
                        arguments: ["apply", "--config", "\(root)/config/bootstrap.json"],
                        environment: ProcessStart.environment(), folder: "/", hasInput: false, root: root))
            }
            let helper = PrivilegedHelper(executable: try ProcessStart.executable())
            let result: Result<Void, PrivilegedError>
            do throws(PrivilegedError) { result = .success(try await helper.reboot()) } catch {
                result = .failure(error)
            }
            await helper.close()
            try result.get()
        } catch let error as any Explained {
            await onOwnThread { () throws(Never) in place.clear() }
            Output.explain(error.explanation)
            return .failed
        } catch {
            Output.explain(.unexpected(error))
            return .failed
        }
        Output.diagnose(
            "the host boots anew in five seconds and goes on by itself; \(StatusFollow.again(root)) shows it then")
        return .done
    }
}
