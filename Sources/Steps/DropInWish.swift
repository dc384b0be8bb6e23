import Engine
import Privileged
import Systemd

/// A drop-in that a unit of the config's is to have.
struct DropInWish: Sendable {
    let file: DropInFile
    let text: String

    var wanted: WantedFile { WantedFile(path: file.path, content: Array(text.utf8), mode: 0o644, owner: 0) }
}

extension Host {
    /// Where drop-ins lie that this config wants, or one before it wrote.
    var ownDropIns: Set<String> {
        let wanted = ServiceWish.all(self).flatMap(\.dropIns).map(\.file.path)
        let past = pastPossessions.filter { $0.kind == .file && $0.before == nil && DropInFile(path: $0.name) != nil }
        return Set(wanted + past.map(\.name))
    }
}

extension Remover {
    /// Restarts what runs with drop-ins that were taken away, but for units whose own steps do so.
    func restart(without removed: [OwnedThing], besides others: Set<UnitName>) async throws(StepFailure) {
        let units = Set(removed.compactMap { DropInFile(path: $0.name)?.unit }).subtracting(others)
        for unit in units.sorted(by: { $0.text < $1.text }) where Self.isRestarted(unit) {
            guard try await unitState(unit).isActive else { continue }
            try await asRoot { () throws(PrivilegedError) in _ = try await helper.restart(unit) }
        }
    }

    /// Of others a restart would end what uses them; systemd has read them anew.
    private static func isRestarted(_ unit: UnitName) -> Bool {
        [".service", ".timer", ".path"].contains(unit.suffix)
    }
}
