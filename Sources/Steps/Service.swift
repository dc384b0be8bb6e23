import Engine
import HostConfig
import Platform
import Privileged
import Systemd

/// One service: enabled, running, healthy, and started after all that it uses last changed.
struct Service: Step {
    let id: StepID
    let phase = Phase.services
    let needs: Set<StepID> = [UnitFiles.name]
    private let wish: ServiceWish
    private let host: Host
    private let health: HealthProbe
    private static let fact = "fingerprint"

    init(_ wish: ServiceWish, _ host: Host) {
        id = wish.stepID
        self.wish = wish
        self.host = host
        health = HealthProbe(wish.health, host.tls)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let name = wish.unit.text
        let state = try await unitState(wish.unit)
        var found: [Difference] = []
        // A unit without [Install] has nothing to enable, and starts by what wants it.
        if wish.isEnabled, !["enabled", "static", "generated", "alias"].contains(state.file) {
            found.append(
                Difference(
                    "\(name) at boot", found: state.file.isEmpty ? "no unit file" : state.file, wanted: "enabled"))
        }
        guard state.isActive else {
            return found + [Difference(name, found: state.active, wanted: "active")]
        }
        if try await host.fingerprint(wish) != context.remembered(Self.fact) {
            found.append(Difference(name, found: "started before its files changed", wanted: "restarted"))
        } else if let trouble = await health.trouble() {
            found.append(Difference(name, found: trouble, wanted: "healthy"))
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let name = wish.unit.text
        let fingerprint = try await host.fingerprint(wish)
        let what = Dictionary(differences.map { ($0.what, $0.wanted) }, uniquingKeysWith: { first, _ in first })
        try await asRoot { () throws(PrivilegedError) in
            if what["\(name) at boot"] != nil { try await host.helper.enable(wish.unit) }
            switch what[name] {
            case nil: break
            case "active": try await host.helper.start(wish.unit, within: .seconds(90))
            default: try await host.helper.restart(wish.unit, within: .seconds(90))
            }
        }
        context.progress("waiting until \(name) is healthy")
        try await waitUntilHealthy(context)
        context.remember(Self.fact, fingerprint)
    }

    /// Active, and every address answers well so many times in a row while systemd did not restart it.
    private func waitUntilHealthy(_ context: StepContext) async throws(StepFailure) {
        let deadline = ContinuousClock.now + health.patience
        var good = 0
        var restarts: UInt32?
        var trouble = "it was not looked at"
        while good < health.goodInARow {
            let state = try await unitState(wish.unit)
            if state.restarts != restarts { good = 0 }
            restarts = state.restarts
            if !state.isActive {
                trouble = "it is \(state.active) (\(state.sub))"
                good = 0
                if state.active == "failed" { break }
            } else if let found = await health.trouble() {
                trouble = found
                good = 0
            } else {
                good += 1
                if good == health.goodInARow { return }
            }
            guard ContinuousClock.now < deadline else { break }
            do { try await Task.sleep(for: health.interval) } catch { break }
        }
        throw await failure(trouble, restarts: restarts ?? 0, context)
    }

    private func failure(_ trouble: String, restarts: UInt32, _ context: StepContext) async -> StepFailure {
        let journal = (try? await host.helper.journal(wish.unit, lines: 20)) ?? ""
        context.wrote(journal)
        let again = restarts > 0 ? ", restarted \(restarts) times" : ""
        let last = Journal.lastWords(in: journal).map { "; it last wrote: \($0)" } ?? ""
        return StepFailure(
            Explanation(
                "is not healthy: \(trouble)\(again)\(last)", at: wish.unit.text,
                hint: "journalctl -u \(wish.unit) -n 50; systemctl status \(wish.unit)"))
    }
}
