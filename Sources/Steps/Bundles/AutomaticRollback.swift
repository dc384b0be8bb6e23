import Bundles
import Engine
import HostConfig
import Platform

/// A version whose service did not become healthy, and the last healthy one that takes its place.
struct AutomaticRollback: Sendable {
    let bundle: String
    let from: InstallRecord
    let to: String
    /// Why the first of the steps failed, in words.
    let reason: String
    /// The steps that failed with it.
    fileprivate(set) var steps: [StepID]

    /// What is being done.
    var words: String { "\(bundle) \(from.version) is not healthy: going back to \(to)" }

    /// Makes the older version the one to use until the config leads to another; the steps then switch and restart.
    func pin(_ host: Host) async throws(StepFailure) {
        let (store, rollback) = (host.store, self)
        try await onDisk { () throws(SystemCallError) in
            try store.markUnhealthy(rollback.bundle, rollback.from.version)
            // What a service wrote before it ended may hold what must not be shown.
            let reason = RevealedSecrets.hidden(in: rollback.reason)
            try store.pin(rollback.bundle, to: rollback.to, insteadOf: rollback.from, because: reason)
        }
    }
}

/// What is to be undone after a run.
struct AutomaticRollbacks: Sendable {
    /// Nothing when it went well, was stopped, or failed for another reason than a version.
    private(set) var all: [AutomaticRollback] = []
    /// The bundles and versions that had to stay although they are not healthy.
    private var stuck: [String] = []
    /// The first step that failed with one of them.
    private(set) var stuckStep: StepID?

    /// Which versions had to stay, in words; nil when there are none.
    var stuckWords: String? {
        stuck.isEmpty ? nil : "there is no healthy version to go back to from \(stuck.joined(separator: ", "))"
    }

    /// Looks at what failed; `facts` are what each step remembers of the last time when it ended well.
    ///
    /// A version is undone that came since the failing service was last healthy: all of them that it uses, since only
    /// together the older ones have proved themselves.
    init(after report: RunReport, facts: [StepID: [String: String]], on host: Host) async throws(StepFailure) {
        if report.wasStopped { return }
        for (step, failure) in report.failures where [.unhealthy, .timedOut].contains(failure.kind) {
            for (bundle, from) in try await Self.suspects(of: step, facts, host) {
                if let index = all.firstIndex(where: { $0.bundle == bundle.name }) {
                    if !all[index].steps.contains(step) { all[index].steps.append(step) }
                } else if let to = try await Self.target(bundle, host) {
                    let reason = failure.explanation.summary
                    all.append(
                        AutomaticRollback(bundle: bundle.name, from: from, to: to, reason: reason, steps: [step]))
                } else {
                    let name = "\(bundle.name) \(from.version)"
                    if !stuck.contains(name) { stuck.append(name) }
                    stuckStep = stuckStep ?? step
                }
            }
        }
    }

    /// The versions that may be to blame for a step's failure, if the config lets them be rolled back for it.
    private static func suspects(
        of step: StepID, _ facts: [StepID: [String: String]], _ host: Host
    ) async throws(StepFailure) -> [(BundleSource, InstallRecord)] {
        var found: [String: (BundleSource, InstallRecord)] = [:]
        for specification in ServiceSpecification.all(host) where specification.rollsBack && !specification.isMasked {
            var names: Set<String> = []
            if step == specification.stepID {
                names = Set(try await host.bundlesUsed(by: specification))
            } else if step == UnitFiles.name, case .template(let bundle, _) = specification.text {
                names = [bundle]
            }
            let last = Service.versions(facts[specification.stepID] ?? [:])
            for bundle in host.bundles where names.contains(bundle.name) {
                guard let record = try await moved(bundle.name, since: last[bundle.name], host) else { continue }
                found[bundle.name] = (bundle, record)
            }
        }
        return host.bundles.compactMap { found[$0.name] }
    }

    /// The version in use, if it came since a service was healthy with the archive of this digest; when nobody knows with
    /// which it was, if it never proved itself.
    private static func moved(
        _ name: String, since digest: String?, _ host: Host
    ) async throws(StepFailure) -> InstallRecord? {
        let store = host.store
        return try await onDisk { () throws(SystemCallError) in
            guard let current = try store.currentVersion(name), let record = store.record(name, current),
                // What was rolled back to was chosen, by a person perhaps, and is not the config's.
                store.pin(name)?.version != current
            else { return nil }
            if let digest { return digest == record.archiveDigest ? nil : record }
            return try store.healthySince(name, current) == nil ? record : nil
        }
    }

    /// The version before, or the last one, that proved itself, is as it was installed, and not too old for the config.
    private static func target(_ bundle: BundleSource, _ host: Host) async throws(StepFailure) -> String? {
        let (store, name) = (host.store, bundle.name)
        return try await onDisk { () throws(SystemCallError) in
            let previous = try store.previousVersion(name)
            let healthy = try store.otherHealthyVersions(name)
            for version in healthy.filter({ $0 == previous }) + healthy {
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
        let way = rollbacks.map { "\($0.bundle) went back from \($0.from.version) to \($0.to)" }.joined(separator: ", ")
        let failed = Set(rollbacks.flatMap(\.steps))
        let merged = steps.map { step in
            guard case .failed(let failure) = step.outcome, failed.contains(step.id) else {
                return second.steps.first { $0.id == step.id } ?? step
            }
            let words = Explanation(
                "\(failure.explanation.problem); \(way)\(second.words(of: step.id))", at: failure.explanation.place,
                hint: "\(failure.explanation.hint); let the config lead to a mended version, "
                    + "or try this one again: host-bootstrap apply --config FILE --retry-version")
            return step.failing(StepFailure(failure.kind, words))
        }
        return RunReport(
            steps: merged, duration: duration + second.duration, wasStopped: second.wasStopped,
            remark: way + second.words(of: nil))
    }

    /// What became of a step with the older versions, or of all.
    private func words(of step: StepID?) -> String {
        if succeeded { return ", and is healthy" }
        if wasStopped { return "; the run was stopped before that was seen to be healthy" }
        if let own = failures.first(where: { $0.id == step }) {
            return ", and is not healthy either: \(own.failure.explanation.summary)"
        }
        return "; then failed: \(failures.map(\.id.name).joined(separator: ", "))"
    }
}
