internal import JSON
internal import Glibc
import Platform
import Systemd

/// What root lets the bootstrap user do through the closed door; without it nothing that another unit or user is touched by.
struct HelperPolicy: Sendable, Codable, Equatable {
    /// Units of others that may be written, started, stopped and masked.
    var units: [String] = []
    /// Units that may run as root, and whose text is not looked at.
    var rootUnits: [String] = []

    enum CodingKeys: String, CodingKey {
        case units
        case rootUnits = "root_units"
    }

    /// What root wrote down; an empty one when there is none.
    ///
    /// Blocks. One that others than root may write counts for nothing.
    static func read(_ path: String = ClosedDoor.policy) throws(PrivilegedError) -> HelperPolicy {
        guard let status = try onSystem({ () throws(SystemCallError) in try FileStatus.of(path) }) else {
            return HelperPolicy()
        }
        guard status.kind == .file, status.owner == 0, status.mode & 0o022 == 0 else {
            throw .refused(
                what: "others than root may write it", place: path, hint: "chown root, chmod 644, and look at it")
        }
        return try decoded(try onSystem { () throws(SystemCallError) in try Files.read(path, limit: 1 << 20) }, path)
    }

    private static func decoded(_ bytes: [UInt8], _ path: String) throws(PrivilegedError) -> HelperPolicy {
        do throws(JSONError) { return try HelperPolicy(json: bytes) } catch {
            throw .refused(
                what: "it is no policy", place: path,
                hint:
                    "sudo host-bootstrap install-helper writes it anew; or mend it: {\"units\": [], \"root_units\": []}"
            )
        }
    }
}

/// The units that may be touched: those that were made through this door, and those that root named.
struct KnownUnits: Sendable {
    let policy: HelperPolicy
    var folder = ClosedDoor.units

    /// Where units of packages and of the system lie; a file of the same name in /etc would take their place.
    private static let others = ["/usr/lib/systemd/system", "/lib/systemd/system", "/usr/local/lib/systemd/system"]

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
            hint: "as root, let it be touched: host-bootstrap install-helper --unit '\(unit)'")
    }

    /// Takes a unit for made by this program from now on; refused when it is there already, or is a package's.
    func claim(_ unit: UnitName) throws(PrivilegedError) {
        if try onSystem({ () throws(SystemCallError) in try contains(unit) }) { return }
        for place in [RootFile.unitFolder] + Self.others {
            guard try onSystem({ () throws(SystemCallError) in try FileStatus.of("\(place)/\(unit)") }) != nil else {
                continue
            }
            throw .refused(
                what: "\(place)/\(unit) is somebody else's", place: unit.text,
                hint: "as root, let it be replaced: host-bootstrap install-helper --unit '\(unit)'")
        }
        try onSystem { () throws(SystemCallError) in
            try Folders.make(folder)
            try Files.replace("\(folder)/\(unit)", with: [], mode: 0o644)
        }
    }

    /// Forgets a unit that was taken away.
    func forget(_ unit: UnitName) throws(SystemCallError) { try Files.remove("\(folder)/\(unit)") }
}

/// Wraps a system call's error.
func onSystem<Value>(_ body: () throws(SystemCallError) -> Value) throws(PrivilegedError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .failed(error.explanation) }
}
