import Engine
import Platform

/// Packages that others asked for: only what was there before a step acts tells them from the rest.
enum AutomaticPackages {
    /// The packages that were there before the step acted, with spaces between.
    private static let fact = "installed_before"
    /// What a package is that no config named.
    private static let content = "came along"

    /// Notes what is there, however the step then ends.
    static func begin(_ context: StepContext) async throws(StepFailure) {
        guard context.remembered(fact) == nil else { return }
        context.keep(fact, try await installed().sorted().joined(separator: " "))
    }

    /// What came since the step began to act came through it.
    static func own(besides named: [String], _ context: StepContext) async throws(StepFailure) {
        guard let before = context.remembered(fact) else { return }
        let came = try await installed().subtracting(before.split(separator: " ").map(String.init))
        context.owns(came.subtracting(named).sorted().map { OwnedThing(.package, $0, content: content) })
        context.forget(fact)
    }

    /// Which of those that came along are still needed is apt's to know.
    static func isOne(_ thing: OwnedThing) -> Bool { thing.kind == .package && thing.content == content }

    private static func installed() async throws(StepFailure) -> Set<String> {
        try await onDisk { () throws(SystemCallError) in try DpkgStatus.current().names }
    }
}
