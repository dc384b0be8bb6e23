import Platform
import Systemd

/// The units that may be touched: those that were made through this door, and those that root named.
struct KnownUnits: Sendable {
    let policy: HelperPolicy
    var folder = ClosedDoor.units

    /// Where units of packages and of the system lie; a file of the same name in /etc would take their place.
    private static let others = [
        "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/local/lib/systemd/system", "/run/systemd/system",
        "/run/systemd/transient", "/run/systemd/generator", "/run/systemd/generator.early",
        "/run/systemd/generator.late",
    ]

    func contains(_ unit: UnitName) throws(SystemCallError) -> Bool {
        if isNamed(unit) { return true }
        return try FileStatus.of("\(folder)/\(unit)")?.kind == .file
    }

    func isRoots(_ unit: UnitName) -> Bool { policy.rootUnits.contains(unit.text) }

    private func isNamed(_ unit: UnitName) -> Bool { policy.units.contains(unit.text) || isRoots(unit) }

    /// Refuses a unit that is somebody else's.
    func check(_ unit: UnitName) throws(PrivilegedError) {
        if try onSystem({ () throws(SystemCallError) in try contains(unit) }) { return }
        throw .refused(
            what: "it was not made by this program", place: unit.text,
            hint: "as root, let it be touched: \(ClosedDoor.program) install-helper --unit '\(unit)'")
    }

    /// Takes a unit for made by this program from now on; refused when it is there already, or is a package's, or an
    /// instance of one (`getty@tty1.service` is nobody's file, and asks for passwords).
    func claim(_ unit: UnitName) throws(PrivilegedError) {
        if try onSystem({ () throws(SystemCallError) in try contains(unit) }) { return }
        for place in [RootFile.unitFolder] + Self.others {
            for name in [unit, unit.template].compactMap(\.self) {
                let path = "\(place)/\(name)"
                let isForeign = try onSystem { () throws(SystemCallError) in
                    let isThere = try FileStatus.of(path) != nil
                    return isThere ? try !contains(name) : false
                }
                guard isForeign else { continue }
                throw .refused(
                    what: "\(path) is somebody else's", place: unit.text,
                    hint: "as root, let it be replaced: \(ClosedDoor.program) install-helper --unit '\(unit)'")
            }
        }
        try onSystem { () throws(SystemCallError) in
            try Folders.make(folder)
            try Files.replace("\(folder)/\(unit)", with: [], mode: 0o644)
        }
    }

    /// Forgets a unit that was taken away.
    func forget(_ unit: UnitName) throws(SystemCallError) { try Files.remove("\(folder)/\(unit)") }
}
