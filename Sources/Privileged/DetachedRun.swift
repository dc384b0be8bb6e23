import Platform
import Systemd

/// A run that goes on when whoever asked for it is gone.
///
/// It gives nobody more than the rights they have: it runs as the user whom sudo names, what it runs is the program that this is,
/// and its only argument is fixed.
enum DetachedRun {
    /// What the program is told: to do what lies ready.
    static let argument = "detached-run"

    /// Starts it; the answer is the process's number, or nothing when this user's is running already.
    static func start() async throws(PrivilegedError) -> HelperAnswer {
        let user = try await askingUser("apply --detach", hint: "it is run by sudo, for a user, never for root")
        let service = try service(for: user, program: try await program())
        let process = try await onBus { bus, stop throws(SystemdError) in try bus.start(service, stop: stop) }
        return HelperAnswer(output: process.map { "\($0)" } ?? "")
    }

    /// One unit for each user: who could have any number of them would be held by no limit of the user's.
    static func service(for account: Account, program: String) throws(PrivilegedError) -> TransientService {
        do throws(SystemdError) {
            return TransientService(
                try UnitName("host-bootstrap-run-\(account.user).service"),
                "host-bootstrap, a detached run of \(account.name)'s",
                run: program, [argument], as: account.name)
        } catch {
            throw .failed(error.explanation)
        }
    }

    static func program() async throws(PrivilegedError) -> String {
        let path = try await asRequest { () throws(SystemCallError) in try ProcessStart.executable() }
        // Of a program that another took the place of, the kernel says so behind its path.
        let isThere = try await asRequest { () throws(SystemCallError) in try FileStatus.of(path) != nil }
        guard isThere else {
            throw .refused(
                what: "another version has taken this program's place", place: path, hint: "run again with that one")
        }
        return path
    }
}
