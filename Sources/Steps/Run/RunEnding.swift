public import Engine
public import Platform

extension Provisioning {
    /// How a run ended.
    public enum Ending: Sendable {
        /// It ran; the report tells how each step ended, and `claim` what holds of the host if all of them ended well.
        case ran(RunReport, claim: String)
        /// These were the checks; nothing was touched.
        case preflightFailed([CheckResult])
        /// It could not begin.
        case failed(Explanation)
        /// It never was a run: nothing was touched, and nobody was told anything.
        case refused(Refusal)
    }

    /// Why a command is no run.
    public enum Refusal: Explained {
        /// `--only` and `--skip` ask for no steps that there are.
        case selection(GraphError)
        /// The host is not as it was when the plan was made, for these reasons.
        case moved([String])
        /// Another run holds the lock, or it cannot be had.
        case lock(RunLockError, root: String)
        /// There is no such version to roll back to.
        case rollback(StepFailure)
        /// It was told to stop before it had begun.
        case stopped

        /// Words for each case.
        public var explanation: Explanation {
            switch self {
            case .selection(let error): error.explanation
            case .moved(let reasons):
                Explanation(
                    "the host is no longer as it was when the plan was made: \(reasons.joined(separator: "; "))",
                    hint: "host-bootstrap plan --config FILE --json >PLAN; look at it; "
                        + "host-bootstrap apply --config FILE --plan PLAN")
            case .lock(let error, let root): error.explanation(root: root)
            case .rollback(let error): error.explanation
            case .stopped: Explanation("stopped before anything was touched", hint: "run again")
            }
        }
    }
}

extension Provisioning.Ending {
    /// Whether it pardons an agent that was tried: by this run, or by one before it.
    func pardons(trialByThis: Bool) -> Bool {
        switch self {
        case .ran(let report, _) where report.wasStopped: trialByThis
        case .ran(let report, _): !trialByThis && !report.succeeded
        case .preflightFailed, .failed: true
        case .refused(.stopped): trialByThis
        // By its own fault: the one before would have begun.
        case .refused: false
        }
    }
}

extension Event {
    /// What a run's last event says.
    mutating func tell(_ ending: Provisioning.Ending) {
        switch ending {
        case .ran(let report, let claim):
            status = report.status.rawValue
            durationMilliseconds = report.duration.milliseconds
            changed = !report.changed.isEmpty
            percent = report.succeeded ? 100 : nil
            message = Self.sentence(report, claim)
            criticalPath = report.criticalPath.isEmpty ? nil : report.criticalPath
            if report.succeeded, let first = report.shortcomings.first { tell(first, of: report.shortcomings.count) }
        case .preflightFailed(let checks):
            status = Receipt.Status.failed.rawValue
            let failed = checks.filter { !$0.passed }.map(\.id).joined(separator: ", ")
            message = "preflight failed (\(failed)); nothing was touched"
        case .failed(let explanation):
            status = Receipt.Status.failed.rawValue
            message = explanation.summary
            error = explanation.problem
            place = explanation.place
            hint = explanation.hint
        case .refused: break
        }
    }

    private mutating func tell(_ shortcoming: Shortcoming, of count: Int) {
        error = "\(shortcoming.what): \(shortcoming.error)\(count > 1 ? " (and \(count - 1) more)" : "")"
        hint = shortcoming.hint
    }

    private static func sentence(_ report: RunReport, _ claim: String) -> String {
        let seconds = "\(report.duration.milliseconds / 1000).\(report.duration.milliseconds % 1000 / 100) s"
        let failed = report.failures.filter { $0.failure.kind != .cancelled }.map(\.id.name).joined(separator: ", ")
        if report.wasStopped {
            return "stopped after \(seconds)\(failed.isEmpty ? "" : "; failed before: \(failed)")"
        }
        guard report.succeeded else {
            return "failed: \(failed), after \(seconds)\(report.remark.map { "; \($0)" } ?? "")"
        }
        let right = report.steps.count { if case .satisfied = $0.outcome { true } else { false } }
        let counts = ["\(report.changed.count) steps changed it", "\(right) found it right"]
        return "\(claim): \(counts.joined(separator: ", ")), \(seconds)"
    }
}
