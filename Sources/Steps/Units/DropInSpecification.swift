import Engine
import Platform
import Systemd

/// A drop-in that a unit of the config's is to have.
struct DropInSpecification: Sendable {
    let file: DropInFile
    let text: String
    let owner: UInt32

    var wanted: WantedFile { WantedFile(path: file.path, content: Array(text.utf8), mode: 0o644, owner: owner) }
}

extension Host {
    /// Where drop-ins lie that this config wants, or one before it wrote.
    var ownDropIns: Set<String> {
        let wanted = ServiceSpecification.all(self).flatMap(\.dropIns).map(\.file.path)
        let past = pastPossessions.filter { $0.kind == .file && $0.before == nil && DropInFile(owned: $0.name) != nil }
        return Set(wanted + past.map(\.name))
    }
}

extension Remover {
    /// Restarts what runs with drop-ins that were taken away, but for units whose own steps do so or that went too.
    func restart(without removed: [OwnedThing], besides others: Set<UnitName>) async throws(StepFailure) {
        let places = removed.compactMap { UnitPlace(ofDropIn: $0.name) }
        let gone = Set(removed.filter { $0.kind == .unit }.map(\.name))
        let units = Dictionary(places.map { ($0.name, $0) }) { first, _ in first }
        for (_, place) in units.sorted(by: { $0.key < $1.key })
        where Self.isRestarted(place.unit) && !others.contains(place.unit) && !gone.contains(place.name) {
            let manager = place.scope.commanded(by: helper)
            guard try await manager.state(of: place.unit, withLinks: false).isActive else { continue }
            _ = try await manager.restart(place.unit)
        }
    }

    /// Of others a restart would end what uses them; systemd has read them anew.
    private static func isRestarted(_ unit: UnitName) -> Bool {
        [".service", ".timer", ".path"].contains(unit.suffix)
    }
}

extension DropInFile {
    /// One of the machine's units or of a user's own, by its path; nil for anything else.
    init?(owned path: String) {
        guard let file = DropInFile(path: path) ?? DropInFile(ofUserPath: path) else { return nil }
        self = file
    }
}

extension UnitPlace {
    /// The unit that a drop-in of this path belongs to; nil when it is none's.
    init?(ofDropIn path: String) {
        guard let file = DropInFile(owned: path) else { return nil }
        let folder = Files.folder(of: file.folder)
        if folder.hasSameBytes(as: UnitScope.system.folder) {
            self.init(file.unit, .system)
        } else {
            self.init("\(folder)/\(file.unit)")
        }
    }
}
