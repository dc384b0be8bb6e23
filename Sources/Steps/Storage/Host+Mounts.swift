import Engine
import HostConfig
import Platform

extension Host {
    /// The steps by which that is mounted what a path lies on.
    func mountSteps(for path: String) -> [StepID] {
        var mounts = configuration.disks.compactMap { disk in
            disk.mountPoint.map { (point: $0, step: DataDisk.id(disk)) }
        }
        if let image = configuration.btrfs {
            mounts.removeAll { $0.point.hasSameBytes(as: image.mountPoint) }
            mounts.append((image.mountPoint, "btrfs-image"))
        }
        return mounts.filter { path.hasSameBytes(as: $0.point) || path.hasFirstBytes("\($0.point)/") }.map(\.step)
    }
}
