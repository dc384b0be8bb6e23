import Engine
import Platform
import Privileged
import Systemd

extension Host {
    /// A unit's failure as the person on call needs it: with what it wrote in this start, and the drop-ins in force.
    ///
    /// Without a start nothing is quoted: what stands in the journal is of some other time.
    func failure(
        _ place: UnitPlace, _ words: Explanation, _ state: UnitState, _ start: UnitStart?, _ context: StepContext
    ) async -> StepFailure {
        let (unit, scope) = (place.unit, place.scope)
        var quotation = ""
        if let start {
            let journal = await manager(scope).journal(unit, lines: 20, of: start.journal)
            context.wrote(journal)
            quotation = Journal.quotation(of: journal, in: scope).map { "; \($0)" } ?? ""
        }
        let again = state.restarts > 0 ? ", restarted \(state.restarts) times" : ""
        return StepFailure(
            .unhealthy,
            Explanation(
                words.problem + again + quotation + ForeignUnitFiles.words(state), at: unit.text,
                hint: scope.asking(words.hint) + ForeignUnitFiles.hint(place, state, besides: ownDropIns)))
    }

    /// The same for a failure of systemd's, with what it does not say by itself.
    func failure(
        _ cause: UnitFailure, in scope: UnitScope = .system, _ state: UnitState, _ start: UnitStart?,
        _ context: StepContext
    ) async -> StepFailure {
        let words = await detailed(cause, in: scope).explanation
        return await failure(UnitPlace(cause.unit, scope), words, state, start, context)
    }

    /// The line that systemd refuses, and which of the requirements is not there.
    private func detailed(_ cause: UnitFailure, in scope: UnitScope) async -> UnitFailure {
        switch cause {
        case .badUnitFile(let unit, let lines):
            let complaints = await UnitVerification.complaints(about: unit, in: scope)
            return .badUnitFile(unit, lines: complaints.isEmpty ? lines : complaints)
        case .notStarted(let unit, let requirements):
            var missing: [String] = []
            for text in requirements {
                if let name = try? UnitName(text),
                    let state = try? await manager(scope).state(of: name, withLinks: false), !state.isActive
                {
                    missing.append(text)
                }
            }
            return .notStarted(unit, requirements: missing)
        default: return cause
        }
    }
}
