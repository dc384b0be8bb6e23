import JSON
import Platform
import Systemd

extension Service {
    /// Reads `drop_ins` of a unit: their texts by their names without `.conf`.
    static func readDropIns(_ field: Field?, of unit: String?, _ scope: Scope) -> [String: String] {
        var found: [String: String] = [:]
        for (entry, offset, field) in field?.entries("an object of drop-ins by their names") ?? [] {
            guard NameRule.dropIn.admits(entry) else {
                field.findings.add(
                    .badName, at: offset, path: field.path,
                    "expected \(NameRule.dropIn.expected), found \(Quoting.quote(entry))")
                continue
            }
            let name = entry.hasLastBytes(".conf") ? String(entry.dropLast(5)) : entry
            if found[name] != nil {
                field.refuse(.contradiction, "\(Quoting.quote("\(name).conf")) stands there twice")
            }
            found[name] = text(field, of: unit, scope)
        }
        return found
    }

    /// Tells why a unit can have none.
    static func checkDropIns(of unit: String?, isMasked: Bool, _ refuse: (String) -> Void) {
        if isMasked { refuse("nothing may start a unit that is \"masked\", so its drop-ins would count for nothing") }
        if let name = unit.flatMap({ try? UnitName($0) }), name.isPrefix {
            refuse("drop-ins of \(Quoting.quote(name.text)) would hold for every unit whose name begins so")
        }
    }

    private static func text(_ field: Field, of unit: String?, _ scope: Scope) -> String? {
        guard let text = field.string() else { return nil }
        guard !text.isEmpty else {
            field.refuse(.badValue, "expected a drop-in, found nothing")
            return nil
        }
        guard let unit, let name = try? UnitName(unit) else { return text }
        let ofUsers = scope == .user ? UnitText.mistakes(inUsers: text) : []
        for mistake in UnitText.mistakes(inDropIn: text, of: name) + ofUsers {
            field.refuse(.badUnit, mistake.description)
        }
        Placeholder.check(text, field)
        return text
    }
}
