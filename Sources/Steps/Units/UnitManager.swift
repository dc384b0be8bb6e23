import Engine
import Platform
import Privileged
import Systemd

/// A systemd and the way to what only some may ask of it: root for the machine's, each user for its own.
protocol UnitManager: Sendable {
    /// Whose it is.
    var scope: UnitScope { get }

    /// Why it cannot be asked now, in a few words; nil when it can.
    func absence() async -> String?
    /// Waits until it can be asked, and has it started if need be.
    func ready() async throws(StepFailure)
    /// What it says of a unit; of one that it cannot be asked for, that nobody runs it.
    func state(of unit: UnitName, withLinks: Bool) async throws(StepFailure) -> UnitState
    /// Has it read its files anew, if it runs.
    func reload() async throws(StepFailure)
    func enable(_ unit: UnitName) async throws(StepFailure)
    func disable(_ unit: UnitName) async throws(StepFailure)
    func start(_ unit: UnitName) async throws(StepFailure) -> UnitStart
    func restart(_ unit: UnitName) async throws(StepFailure) -> UnitStart
    func stop(_ unit: UnitName) async throws(StepFailure)
    /// Masks a unit; a file in the mask's place is kept beside it, or is replaced.
    func mask(_ unit: UnitName, keepingFile: Bool) async throws(StepFailure)
    /// Takes every mask of a unit away, and puts the file back that was kept if asked for.
    func unmask(_ unit: UnitName, restoringFile: Bool) async throws(StepFailure)
    /// Writes a unit file or drop-in, whole or not at all.
    func write(_ file: WantedFile) async throws(StepFailure)
    /// Renames a drop-in of a unit's own, so that it is not read.
    func setAside(_ dropIn: String, of unit: UnitName) async throws(StepFailure)
    /// Takes a unit away whose file has this SHA-256, or is gone: stopped, disabled, removed.
    func remove(_ unit: UnitName, digest: String) async throws(StepFailure)
    /// The last lines that a unit wrote in one start.
    func journal(_ unit: UnitName, lines: Int, of span: JournalSpan) async -> String
}

extension Host {
    /// The bootstrap user's own systemd.
    var userScope: UnitScope { .user(number: account.user, home: account.home) }

    /// The systemd that runs the units of a scope.
    func manager(_ scope: UnitScope) -> any UnitManager {
        scope.commanded(by: helper)
    }
}

extension UnitScope {
    /// The systemd of this scope; for the machine's `helper` is the way to root.
    func commanded(by helper: PrivilegedHelper) -> any UnitManager {
        switch self {
        case .system: SystemUnits(helper: helper)
        case .user(let number, let home): UserUnits(number: number, home: home, helper: helper)
        }
    }
}
