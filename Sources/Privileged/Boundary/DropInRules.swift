import Platform
import Systemd

/// Which drop-ins may be written for a user who is not root's equal: those of units that were written by the rules for units.
///
/// Of any other unit the commands may run as root, and so a variable that they run with would be a way to root.
struct DropInRules: Sendable {
    /// For whom they are written.
    let caller: Account
    let known: KnownUnits
    /// Where units and drop-ins lie.
    var units = RootFile.unitFolder

    /// Refuses a drop-in.
    func check(_ dropIn: DropInFile, _ content: [UInt8]) throws(PrivilegedError) {
        let unit = dropIn.unit
        try known.check(unit)
        if known.isRoots(unit) { return }
        // systemd reads it for each instance, and generators make such as have no template: systemd-growfs@, for one.
        guard !unit.stem.hasLastBytes("@") else {
            throw .refused(
                what: "a template's drop-in is read for instances of root's, too", place: dropIn.path,
                hint: "write it into the template itself, or give one instance a drop-in")
        }
        guard let own = try text(of: unit), try violation(own, of: unit, isDropIn: false) == nil else {
            throw .refused(
                what: "\(unit) is no unit that was written for \(caller.name), and may run as root", place: dropIn.path,
                hint:
                    "as root, trust what is written for it: \(ClosedDoor.program) install-helper --root-unit '\(unit)'")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw .refused(what: "it is no text in UTF-8", place: dropIn.path, hint: "correct the drop-in's text")
        }
        guard let found = try violation(text, of: unit, isDropIn: true) else { return }
        throw .refused(
            what: found.words, place: "\(dropIn.path):\(found.line)",
            hint:
                "correct the drop-in; or as root, trust it: \(ClosedDoor.program) install-helper --root-unit '\(unit)'")
    }

    /// Refuses to take a unit's own file away while there are drop-ins: they would be those of a package's unit of that name.
    func checkDeparture(of unit: UnitName) throws(PrivilegedError) {
        let folder = "\(units)/\(unit).d"
        guard !known.isRoots(unit), try text(of: unit) != nil,
            let first = try onSystem({ () throws(SystemCallError) in try Folders.names(in: folder) })
                .first(where: { $0.hasLastBytes(".conf") })
        else { return }
        throw .refused(
            what: "its drop-ins would stay, and be those of whatever has its name next", place: "\(folder)/\(first)",
            hint: "take them away first; as root: rm \(ShellWord.plain("\(folder)/\(first)"))")
    }

    /// The text of the unit's own file; nil when there is none.
    private func text(of unit: UnitName) throws(PrivilegedError) -> String? {
        let path = "\(units)/\(unit)"
        return try onSystem { () throws(SystemCallError) in
            guard try FileStatus.of(path)?.kind == .file else { return nil }
            return String(validating: try Files.read(path, limit: 1 << 20), as: UTF8.self)
        }
    }

    private func violation(
        _ text: String, of unit: UnitName, isDropIn: Bool
    ) throws(PrivilegedError) -> (line: Int, words: String)? {
        let rules = UnitRules(unit: unit, caller: caller, known: known, isDropIn: isDropIn)
        return try onSystem { () throws(SystemCallError) in try rules.violation(text) }
    }
}
