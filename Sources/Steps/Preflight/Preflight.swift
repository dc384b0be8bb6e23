public import Engine
public import HostConfig
import Platform
internal import Glibc

/// Everything that must hold before the host is touched.
///
/// All checks run at once and all failures are told together.
public struct Preflight: Sendable {
    private let checks: [PreflightCheck]

    /// The checks that a config asks for.
    public init(_ configuration: HostConfiguration) {
        checks =
            [
                .operatingSystem(configuration.allowedSystems), .systemd(), .user(configuration.bootstrapUser),

                .sudo(
                    configuration.bootstrapUser,
                    agent: configuration.agentHere?.digest),
                .confinement(), .home(configuration.bootstrapUser),
                .previousUser(configuration), .previousFolder(configuration),
                .rootWritable(configuration), .rootExecutable(configuration.bootstrapRoot),
                .diskSpace(configuration), .architecture(configuration.architecture), .clock(),
            ] + NetworkChecks.all(configuration)
    }

    /// Runs every check; the results are in the checks' order.
    public func run() async -> [CheckResult] {
        await withTaskGroup(of: (Int, CheckResult).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    switch await check.look() {
                    case .passed(let evidence):
                        (index, CheckResult(id: check.id, passed: true, evidence: evidence, hint: nil))
                    case .failed(let evidence, let hint):
                        (index, CheckResult(id: check.id, passed: false, evidence: evidence, hint: hint))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// One thing that must hold, and how to see whether it does.
struct PreflightCheck: Sendable {
    enum Finding: Sendable, Equatable {
        case passed(String)
        case failed(String, hint: String)
    }

    let id: String
    let look: @Sendable () async -> Finding

    init(_ id: String, _ look: @escaping @Sendable () async -> Finding) {
        self.id = id
        self.look = look
    }
}
