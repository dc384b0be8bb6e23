public import Platform

/// What `apply` would change in one step, or why that could not be told.
public struct PlannedStep: Sendable, Codable, Equatable {
    /// The step.
    public let step: StepID
    /// Nothing when it is satisfied.
    public let changes: [Difference]
    /// Why it could not be told.
    public let error: String?
    /// What the step would leave lacking although nothing would fail; nil when there is nothing.
    public let lacking: String?
    /// What to do about the one or the other.
    public let hint: String?
    /// What a person should know although nothing would fail; nil when there is nothing.
    public let warnings: [String]?

    /// Names what is to be changed.
    public init(
        _ step: StepID, changes: [Difference], warnings: [String]? = nil, lacking reason: Explanation? = nil
    ) {
        self.step = step
        self.changes = changes
        self.warnings = warnings
        error = nil
        lacking = reason.map { RevealedSecrets.hidden(in: $0.summary) }
        hint = reason.map { RevealedSecrets.hidden(in: $0.hint) }
    }

    /// The same, with what follows from the changes of the others.
    func followed(by consequence: Difference) -> PlannedStep {
        PlannedStep(self, changes: changes + [consequence])
    }

    private init(_ other: PlannedStep, changes: [Difference]) {
        self.changes = changes
        (step, warnings, error) = (other.step, other.warnings, other.error)
        (lacking, hint) = (other.lacking, other.hint)
    }

    /// Names what could not be told, and why.
    public init(_ step: StepID, failure: StepFailure, warnings: [String]? = nil) {
        self.step = step
        self.warnings = warnings
        changes = []
        lacking = nil
        error = RevealedSecrets.hidden(in: failure.explanation.summary)
        hint = RevealedSecrets.hidden(in: failure.explanation.hint)
    }

    /// In which steps two plans differ, in words; details for a person do not count.
    public static func differences(planned: [PlannedStep], now: [PlannedStep]) -> [String] {
        let (old, new) = (lines(planned), lines(now))
        return old.filter { !new.contains($0) }.map { "planned, but no longer so: \($0)" }
            + new.filter { !old.contains($0) }.map { "not planned: \($0)" }
    }

    private static func lines(_ steps: [PlannedStep]) -> [String] {
        steps.flatMap { step in
            step.changes.map { "\(step.step): \($0)" } + (step.error.map { ["\(step.step): cannot tell: \($0)"] } ?? [])
        }
    }
}
