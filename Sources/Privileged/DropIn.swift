internal import Glibc
import Platform
import Systemd

/// A drop-in that an administrator gave one unit.
struct DropIn {
    private let path: String
    private let unit: UnitName

    init(_ path: String, of unit: UnitName) {
        self.path = path
        self.unit = unit
    }

    /// Renames it, so that it is kept and systemd does not read it.
    func setAside() async throws(PrivilegedError) {
        guard AdministratorFiles.isDropIn(path, of: unit) else {
            throw .refused(
                what: "is no drop-in of \(unit) that an administrator wrote", place: path,
                hint: "look at it, and move it away by hand, with sudo mv: systemctl cat '\(unit)' shows it")
        }
        let path = path
        let folder = Files.folder(of: path)
        try await asRequest(beneath: [folder]) { () throws(SystemCallError) in
            try RootFile.refuseLinks(folder)
            try Files.renameIfAbsent(path, to: asideName(path))
            try Files.synchronizeFolder(folder)
        }
    }
}
