/// How what the bundles require is met.
public struct RequirementSettings: Sendable, Equatable {
    /// False: it is not looked at.
    public internal(set) var isEnabled = true
    /// How long an attempt to meet one requirement may take.
    public internal(set) var timeout = Duration.seconds(30)
    /// How often one is tried in all.
    public internal(set) var attempts = 3
    /// The first failure ends the step; else the others are met, and the step fails then.
    public internal(set) var failsFast = true
    /// Absolute path of the folder in which each bundle has one of its own for what it requires.
    public internal(set) var folder: String
}

extension RequirementSettings {
    /// Reads `requirements`.
    static func read(_ field: Field?, root: String) -> RequirementSettings {
        var settings = RequirementSettings(folder: "\(root)/data")
        let known = ["enabled", "timeout_seconds", "retry_attempts", "fail_fast", "folder"]
        guard let fields = field?.fields(known) else { return settings }
        settings.isEnabled = fields["enabled"]?.boolean() ?? settings.isEnabled
        settings.timeout = fields["timeout_seconds"]?.integer(1...86_400).map { .seconds($0) } ?? settings.timeout
        settings.attempts = fields["retry_attempts"]?.integer(1...100) ?? settings.attempts
        settings.failsFast = fields["fail_fast"]?.boolean() ?? settings.failsFast
        settings.folder = fields["folder"]?.placePath() ?? settings.folder
        return settings
    }
}
