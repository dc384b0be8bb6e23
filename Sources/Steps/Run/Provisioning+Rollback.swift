import Engine
import HostConfig
import Platform
import Privileged

/// Versions whose services are not healthy, at the end of a run.
extension Provisioning {
    /// What a new version broke is mended by the last one that was healthy; the run has failed all the same.
    func withoutUnhealthyVersions(
        _ report: RunReport, _ graph: Graph, _ host: Host, _ receipt: ReceiptStore
    ) async -> RunReport {
        guard graph.steps.contains(where: { $0.id == BundleLinks.name }) else { return report }
        do {
            let found = try await AutomaticRollbacks(after: report, facts: receipt.current.facts, on: host)
            if let step = found.stuckStep, let words = found.stuckWords { warn(step, words) }
            let rollbacks = found.all
            guard !rollbacks.isEmpty else {
                var report = report
                report.remark = found.stuckWords
                return report
            }
            for rollback in rollbacks {
                try await rollback.pin(host)
                for step in rollback.steps.prefix(1) { warn(step, rollback.words) }
            }
            // The host that takes the pins for what they are.
            let settled = try await Host.look(configuration, takeOver: options.takesOver)
            let steps = Set(graph.steps.map(\.id))
            let switching = Self.switching(try Steps.graph(for: settled)).part { steps.contains($0.id) }
            let runner = runner(switching, settled, receipt, from: 99)
            let merged = report.after(rollbacks, await runner.run())
            await settled.helper.close()
            for step in merged.steps where rollbacks.contains(where: { $0.steps.contains(step.id) }) {
                try await runner.correct(step)
            }
            return merged
        } catch let error as any Explained {
            tell("warning: the versions in use are not healthy and were not rolled back: \(error.explanation.summary)")
        } catch {
            tell("warning: the versions in use are not healthy and were not rolled back: \(error)")
        }
        return report
    }

    private func warn(_ step: StepID, _ words: String) {
        log.emit(.stepProgress, step: step) { $0.message = "warning: \(words)" }
    }
}
