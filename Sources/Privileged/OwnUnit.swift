internal import Glibc
import Platform
import Systemd

/// A unit whose file this program wrote, to be taken away.
struct OwnUnit {
    let unit: UnitName
    /// SHA-256 of the unit file as it was written, in hexadecimal digits.
    let digest: String

    /// Stops and disables the unit, removes its file, and makes systemd forget it.
    ///
    /// A file with other content is somebody else's: it is refused before anything is stopped.
    func remove() async throws(PrivilegedError) {
        let file = OwnFile(path: "\(RootFile.unitFolder)/\(unit)", digest: digest)
        try await file.check()
        let unit = unit
        try await onBus { bus, stop throws(SystemdError) in
            try bus.stop(unit, stop: stop)
            try bus.disable(unit)
        }
        try await file.remove()
        try await onBus { bus, _ throws(SystemdError) in
            try bus.reload()
            try bus.resetFailed(unit)
        }
    }
}
