import HostConfig
import Engine
import Platform
import Privileged

/// Debian packages; when dpkg's own status file says that all are there, nothing is run at all.
struct AptPackages: Step {
    static let attempts = 3
    let id: StepID = "apt-packages"
    let phase = Phase.install
    let needs: Set<StepID> = ["layout"]
    private let packages: [String]
    private let apt: AptCommands

    init(_ host: Host) {
        packages = host.configuration.aptPackages.map(\.description)
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let status = try await onDisk { () throws(SystemCallError) in
            DpkgStatus(try Files.text(DpkgStatus.path) ?? "")
        }
        return packages.compactMap { package in
            status.difference(package).map { Difference(package, found: $0, wanted: "installed") }
        }
    }

    func foresee(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let named = try await inspect(context)
        return named.isEmpty ? [] : await apt.forecast(named)
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let wanted = differences.map(\.what)
        var repaired = try await apt.repairIfInterrupted(context)
        var listsAreGood = try await apt.listsHold(wanted)
        var attempt = 1
        let deadline = ContinuousClock.now + apt.settings.lockTimeout
        while true {
            let result = listsAreGood ? try await apt.install(wanted, context) : try await apt.update(context)
            if result.succeeded {
                if listsAreGood { return }
                listsAreGood = true
                continue
            }
            let failure = AptFailure(result)
            if failure == .interrupted, !repaired {
                repaired = try await apt.repair(context)
                continue
            }
            // apt itself waits for dpkg's lock, and not for that of its lists.
            if failure == .lockHeld, ContinuousClock.now < deadline {
                context.progress("waiting for another program that holds apt's lock")
                try await pause(.seconds(2))
                continue
            }
            guard failure.mayPass, attempt < Self.attempts else { throw StepFailure(failure.explanation(result)) }
            context.retried(attempt: attempt, of: Self.attempts, failure.explanation(result).problem)
            // Up to 2 s, then 4 s, with full jitter: hosts that boot together must not come back together.
            try await pause(.milliseconds(Int64.random(in: 200...(2000 << (attempt - 1)))))
            try await apt.clearPartialLists()
            listsAreGood = false
            attempt += 1
        }
    }

    private func pause(_ time: Duration) async throws(StepFailure) {
        do { try await Task.sleep(for: time) } catch {
            throw StepFailure(.cancelled, Explanation("stopped between two attempts", hint: "run again"))
        }
    }
}

extension StepFailure {
    /// A failure that is explained and nothing more.
    init(_ explanation: Explanation) { self.init(.failed, explanation) }
}
