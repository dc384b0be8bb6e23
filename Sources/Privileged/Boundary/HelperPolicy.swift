internal import JSON
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
                what: "others than root may write it", place: path,
                hint:
                    "look at it, then: sudo chown root: \(ShellWord.plain(path)) && sudo chmod 644 \(ShellWord.plain(path))"
            )
        }
        return try decoded(try onSystem { () throws(SystemCallError) in try Files.read(path, limit: 1 << 20) }, path)
    }

    private static func decoded(_ bytes: [UInt8], _ path: String) throws(PrivilegedError) -> HelperPolicy {
        do throws(JSONError) { return try HelperPolicy(json: bytes) } catch {
            throw .refused(
                what: "it is no policy", place: path,
                hint:
                    "mend it, as root: {\"units\": [], \"root_units\": []}; or take it away, then as root: "
                    + "\(ClosedDoor.program) install-helper"
            )
        }
    }
}

/// Wraps a system call's error.
func onSystem<Value>(_ body: () throws(SystemCallError) -> Value) throws(PrivilegedError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .failed(error.explanation) }
}
