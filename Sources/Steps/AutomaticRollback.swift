import Bundles
import Engine
import HostConfig
import Platform

/// A version whose service did not become healthy, and the last healthy one that takes its place.
struct AutomaticRollback: Sendable {
    let bundle: String
    let from: InstallRecord
    let to: String
    /// The step that failed, and why, in words.
    let step: StepID, reason: String

    /// What is being done.
    var words: String { "\(bundle) \(from.version) is not healthy: going back to \(to)" }

    /// What is to be undone after a run; nothing when it went well, was stopped, or failed for another reason.
    ///
    /// A version is undone that was not seen to be healthy since it came: all of them that the failing service uses, since
    /// only together the older ones have proved themselves.
    static func all(
        after report: RunReport, on host: Host, _ tell: @Sendable (StepID, String) -> Void
    ) async throws(StepFailure) -> [AutomaticRollback] {
        if report.wasStopped { return [] }
        var found: [AutomaticRollback] = []
        for (step, failure) in report.failures where [.unhealthy, .timedOut].contains(failure.kind) {
            for bundle in try await suspects(of: step, on: host)
            where !found.contains(where: { $0.bundle == bundle.name }) {
                guard let from = try await unproven(bundle, host) else { continue }
                guard let to = try await target(bundle, insteadOf: from, host) else {
                    tell(step, "there is no healthy version of \(bundle.name) to go back to from \(from.version)")
                    continue
                }
                let reason = failure.explanation.summary
                found.append(AutomaticRollback(bundle: bundle.name, from: from, to: to, step: step, reason: reason))
            }
        }
        return found
    }

    /// Makes the older version the one to use until the config leads to another; the steps then switch and restart.
    func pin(_ host: Host) async throws(StepFailure) {
        let (store, rollback) = (host.store, self)
        try await onDisk { () throws(SystemCallError) in
            try store.pin(rollback.bundle, to: rollback.to, insteadOf: rollback.from, because: rollback.reason)
        }
    }

    // MARK: Looking

    /// The bundles that a failing step's units use, if the config lets them be rolled back for it.
    private static func suspects(of step: StepID, on host: Host) async throws(StepFailure) -> [BundleSource] {
        var names: Set<String> = []
        for wish in ServiceWish.all(host) where wish.rollsBack && !wish.isMasked {
            if step == wish.stepID {
                names.formUnion(try await host.bundlesUsed(by: wish))
            } else if step == UnitFiles.name, case .template(let bundle, _) = wish.text {
                names.insert(bundle)
            }
        }
        return host.bundles.filter { names.contains($0.name) }
    }

    /// The version in use, if it never proved itself.
    private static func unproven(_ bundle: BundleSource, _ host: Host) async throws(StepFailure) -> InstallRecord? {
        let (store, name) = (host.store, bundle.name)
        return try await onDisk { () throws(SystemCallError) in
            guard let current = try store.currentVersion(name), try store.healthySince(name, current) == nil else {
                return nil
            }
            return store.record(name, current)
        }
    }

    /// The last version that proved itself, is as it was installed, and is not too old for the config.
    private static func target(
        _ bundle: BundleSource, insteadOf bad: InstallRecord, _ host: Host
    ) async throws(StepFailure) -> String? {
        let (store, name) = (host.store, bundle.name)
        return try await onDisk { () throws(SystemCallError) in
            for version in try store.otherHealthyVersions(name) {
                guard let record = store.record(name, version), bundle.minimumVersion.map(record.isAtLeast) ?? true,
                    try record.drift(in: store.folder(name, version)) == nil
                else { continue }
                return version
            }
            return nil
        }
    }
}

extension RunReport {
    /// The same run when versions were rolled back in it: it failed, whatever became of the older ones.
    func after(_ rollbacks: [AutomaticRollback], _ second: RunReport) -> RunReport {
        let worse = second.failures.first?.failure.explanation.summary
        let way = rollbacks.map { "\($0.bundle) went back from \($0.from.version) to \($0.to)" }.joined(separator: ", ")
        let end = worse.map { ", and is not healthy either: \($0)" } ?? ", and is healthy"
        let failed = Set(rollbacks.map(\.step))
        let merged = steps.map { step in
            guard case .failed(let failure) = step.outcome, failed.contains(step.id) else {
                return second.steps.first { $0.id == step.id } ?? step
            }
            let words = Explanation(
                "\(failure.explanation.problem); \(way)\(end)", at: failure.explanation.place,
                hint: "\(failure.explanation.hint); let the config lead to a mended version, "
                    + "or try this one again: apply --retry-version")
            return step.failing(StepFailure(failure.kind, words))
        }
        return RunReport(
            steps: merged, duration: duration + second.duration, wasStopped: second.wasStopped, remark: way + end)
    }
}
