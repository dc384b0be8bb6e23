internal import Glibc
import Platform
import Systemd

/// A link to /dev/null in the place of a unit's file: systemd does not start such a unit at all.
struct UnitMask {
    private let unit: UnitName

    init(_ unit: UnitName) { self.unit = unit }

    /// Masks the unit; a file in the link's place is renamed if it is to be kept, and replaced otherwise.
    func set(keepingFile: Bool) async throws(PrivilegedError) {
        let path = "\(RootFile.unitFolder)/\(unit)"
        let isFolder = try await asRequest(beneath: [RootFile.unitFolder]) { () throws(SystemCallError) in
            try RootFile.refuseLinks(RootFile.unitFolder)
            guard let there = try FileStatus.of(path) else { return try replace(path) }
            if there.kind == .folder { return true }
            if keepingFile, try !AdministratorFiles.isMask(path) { try Files.renameIfAbsent(path, to: asideName(path)) }
            return try replace(path)
        }
        if isFolder {
            throw .refused(what: "there is a folder in the unit file's place", place: path, hint: "move it away")
        }
    }

    /// Takes every mask of the unit away; what is none stays.
    ///
    /// The file that was set aside last comes back if asked for.
    func remove(restoringFile: Bool) async throws(PrivilegedError) {
        let (unit, file) = (unit, "\(RootFile.unitFolder)/\(unit)")
        try await asRequest(beneath: AdministratorFiles.folders) { () throws(SystemCallError) in
            for folder in AdministratorFiles.folders {
                let path = "\(folder)/\(unit)"
                if try AdministratorFiles.isMask(path) { try Files.remove(path) }
            }
            guard restoringFile, try FileStatus.of(file) == nil else { return }
            let kept = try Folders.names(in: RootFile.unitFolder).filter { $0.hasPrefix("\(unit).set-aside-") }
            // Their numbers are milliseconds, all of one length.
            if let last = kept.max() { try Files.renameIfAbsent("\(RootFile.unitFolder)/\(last)", to: file) }
        }
    }

    private func replace(_ path: String) throws(SystemCallError) -> Bool {
        try Files.replaceLink(path, target: "/dev/null")
        return false
    }
}

/// A name that systemd does not read, beside what is renamed.
func asideName(_ path: String) -> String { "\(path).set-aside-\(Timestamp.now().milliseconds)" }
