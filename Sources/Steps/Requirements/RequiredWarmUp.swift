import Digests
import Engine
import HostConfig
internal import Glibc
import Platform

/// A program of the bundle that has run to a good end since this version came into use.
struct RequiredWarmUp: Requirement {
    /// What util-linux has for it: whatever the program is or starts, set-id bits and sudo give it no more rights.
    private static let keeper = "/usr/bin/setpriv"

    /// Its path on this host.
    let program: String
    let arguments: [String]
    let time: Duration
    /// The bundle's version.
    let version: String
    /// Where it runs: the bundle's folder of data.
    let folder: String
    /// What its run is written down in.
    let stamp: String
    let host: Host
    /// Names of its environment besides the services'.
    let own: [String: String]

    var place: String { program }
    var ownedThings: [OwnedThing] { [OwnedThing(.data, stamp, content: Self.mark)] }
    /// It is told to end when its time is over, and has some more for that.
    var ownTime: Duration? { time + .seconds(15) }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        let (stamp, wanted) = (stamp, try await mark())
        let found = try await onDisk { () throws(SystemCallError) in try Files.readIfPresent(stamp, limit: 4096) }
        if found == Array(wanted.utf8) { return nil }
        return Difference(program, found: found == nil ? "has not run" : "has run, but not so", wanted: words)
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> Difference? {
        guard let difference = try await difference(context) else { return nil }
        let line = ([program] + arguments).map { ShellWord.quoted($0) }.joined(separator: " ")
        return Difference(
            program, found: difference.found, wanted: difference.wanted,
            detail: "run \(line) for at most \(time.milliseconds / 1000) s")
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        let mark = try await mark()
        try await host.makeFolder(folder, mode: 0o755)
        let command = Command(
            Self.keeper, ["--no-new-privs", "--", program] + arguments, environment: try environment(),
            workingDirectory: folder)
        let result: CommandResult
        do throws(SystemCallError) {
            result = try await Subprocess.run(command, timeout: time)
        } catch {
            throw StepFailure(error)
        }
        context.ran(result)
        if Task.isCancelled { throw StepFailure(.cancelled, Explanation("stopped", at: program, hint: "run again")) }
        guard result.succeeded else { throw failure(result) }
        let stamp = stamp
        try await host.makeFolder(Files.folder(of: stamp), mode: 0o700)
        try await onDisk { () throws(SystemCallError) in
            try Files.replace(stamp, with: Array(mark.utf8), mode: 0o600)
        }
    }

    private var words: String { "run once for version \(version)" }

    private func failure(_ result: CommandResult) -> StepFailure {
        let hint = "see what it printed last: stdout and stderr of this step's event in logs/bootstrap.log"
        if result.timedOut {
            return StepFailure(
                .timedOut,
                Explanation(
                    "did not end within \(time.milliseconds / 1000) s; it and all that it started were stopped",
                    at: program, hint: "\(hint); its time is \"timeout_seconds\" in the bundle's manifest"))
        }
        return StepFailure(
            Explanation("ended with exit code \(result.exitCode)", at: program, hint: hint))
    }

    /// What the services have, and where the bundle and its data lie.
    private func environment() throws(StepFailure) -> [String: String] {
        var environment = Command.plainEnvironment.merging(["HOME": host.account.home, "USER": host.account.name]) {
            $1
        }
        environment.merge(try host.environmentValues()) { $1 }
        return environment.merging(own) { $1 }
    }

    /// Tells this run from any other: version, program and arguments.
    private func mark() async throws(StepFailure) -> String {
        let program = program
        let digest = try await onDisk { () throws(SystemCallError) in try FileDigest.of(program) }
        let parts = [version, digest.hex] + arguments
        return "\(version) \(Digest.of(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8).hex)\n"
    }
}
