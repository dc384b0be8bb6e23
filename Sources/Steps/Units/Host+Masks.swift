import Engine
import Platform
import Systemd

extension Host {
    /// Somebody masked a unit, so that nothing may start it.
    ///
    /// An empty file in the place of one that we wrote is no mask, though systemd takes it for one: it was cut off.
    ///
    /// Blocks.
    func isMask(_ path: String) throws(SystemCallError) -> Bool {
        guard try AdministratorFiles.isMask(path) else { return false }
        let ours = pastPossessions.filter { $0.kind == .unit && $0.before == nil }
        guard ours.contains(where: { UnitPlace.path($0.name) == path }) else { return true }
        return try FileStatus.of(path)?.kind != .file
    }
}
