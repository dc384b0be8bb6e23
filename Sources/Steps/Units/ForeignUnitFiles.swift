import Engine
import Platform
import Systemd

/// What somebody else did to a unit of the config's: it is told, and kept unless the run takes over.
enum ForeignUnitFiles {
    /// The drop-ins in force that belong to this unit alone and that no config wrote.
    ///
    /// `own` are those that configs did write.
    static func dropIns(_ place: UnitPlace, _ state: UnitState, besides own: Set<String>) -> [String] {
        state.dropIns.filter {
            AdministratorFiles.isDropIn($0, of: place.unit, in: place.scope) && !own.contains($0)
        }
    }

    /// Why the unit's step fails.
    static func maskFailure(_ place: UnitPlace, _ path: String) -> StepFailure {
        let words = UnitFailure.masked(place.unit, by: path).explanation
        return StepFailure(
            Explanation(
                "\(words.problem); somebody else did that, and it is kept", at: words.place,
                hint: place.scope.asking(words.hint)))
    }

    /// For the end of an error: what changes the unit besides its own file.
    static func words(_ state: UnitState) -> String {
        state.dropIns.isEmpty ? "" : "; drop-ins in force: \(state.dropIns.joined(separator: ", "))"
    }

    /// For the end of a hint.
    static func hint(_ place: UnitPlace, _ state: UnitState, besides own: Set<String>) -> String {
        dropIns(place, state, besides: own).isEmpty
            ? "" : "; host-bootstrap apply --config FILE --take-over does without the drop-ins that others wrote"
    }
}
