internal import Platform
internal import Systemd

/// The links by which a unit starts at boot, in root's own folder.
struct EnablementLinks {
    let unit: UnitName
    private static let folder = "/etc/systemd/system"

    /// Moves aside what is no link and lies where one is to be: systemd goes by links alone, and replaces nothing else.
    ///
    /// Blocks.
    func clearTheWay() throws(SystemCallError) {
        for name in try Folders.names(in: Self.folder)
        where [".wants", ".requires", ".upholds"].contains(where: name.hasLastBytes) {
            let path = "\(Self.folder)/\(name)/\(unit.text)"
            if let status = try FileStatus.of(path), status.kind != .link { try Files.moveAside(path) }
        }
    }
}
