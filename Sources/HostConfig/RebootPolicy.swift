/// Whether a run may boot the host anew.
public enum RebootPolicy: String, Sendable, CaseIterable {
    /// Not at all.
    case never
    /// As its last act, when packages ask for it.
    case ifRequired = "if-required"
}
