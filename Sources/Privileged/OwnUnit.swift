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
        do throws(SystemdError) {
            try await onOwnStoppableThread { (stop) throws(SystemdError) in
                let bus = try SystemBus.open()
                try bus.stop(unit, stop: stop)
                try bus.disable(unit)
            }
        } catch {
            throw .failed(error.explanation)
        }
        try await file.remove()
        do throws(SystemdError) {
            try await onOwnThread { () throws(SystemdError) in
                let bus = try SystemBus.open()
                try bus.reload()
                try bus.resetFailed(unit)
            }
        } catch {
            throw .failed(error.explanation)
        }
    }
}
