import Engine
import HostConfig
import Platform
import Privileged

/// Which devices could be a disk of the config's, and why the others are not.
struct DiskSearch: Sendable {
    let settings: DiskSettings
    let mountPoint: String
    /// The UUID of the file system that the host has had on it; nil when it was never taken.
    let uuid: String?

    /// Where udev names the device that has a file system.
    static func link(_ uuid: String) -> String { "/dev/disk/by-uuid/\(uuid)" }

    /// Where the disk may be: by what it holds, when that is known, and then as the config says.
    func places() async throws(StepFailure) -> [String] {
        guard let uuid else { return settings.candidates }
        let link = Self.link(uuid), candidates = settings.candidates
        return try await onDisk { () throws(SystemCallError) in
            guard let device = try BlockDevice.at(link) else { return candidates }
            for path in candidates where try BlockDevice.at(path) == device { return candidates }
            return [link] + candidates.prefix(63)
        }
    }

    /// The candidates that are there and free; with what speaks against the others, in words.
    func look(_ context: StepContext, waits: Bool) async throws(StepFailure) -> (free: [FreeDisk], others: [String]) {
        let deadline = ContinuousClock.now + (waits ? settings.wait : .zero)
        var isTold = false
        while true {
            let found = try await lookOnce()
            if !found.free.isEmpty || ContinuousClock.now >= deadline || Task.isCancelled { return found }
            if !isTold {
                let seconds = settings.wait.milliseconds / 1000
                context.progress("waiting up to \(seconds) s for \(settings.candidates.joined(separator: ", "))")
                isTold = true
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func lookOnce() async throws(StepFailure) -> (free: [FreeDisk], others: [String]) {
        let (candidates, mountPoint) = (try await places(), mountPoint)
        return try await onDisk { () throws(SystemCallError) in
            var (free, others): ([FreeDisk], [String]) = ([], [])
            for path in candidates {
                guard let device = try BlockDevice.at(path) else {
                    others.append("\(path) is not there")
                    continue
                }
                if let words = try device.obstacle(mountPoint: mountPoint) {
                    others.append("\(path) \(words)")
                } else {
                    free.append(FreeDisk(path: path, device: device, hearsay: try UdevRecord.of(device)))
                }
            }
            return (free, others)
        }
    }

    // MARK: Words

    func none(_ others: [String]) -> Explanation {
        DiskRefusal.none(others, at: settings.name)
    }

    func missing(_ uuid: String, _ found: [String]) -> Explanation {
        DiskRefusal.missing(uuid, found, at: settings.name)
    }

    func foreign(_ disk: FreeDisk) -> Explanation {
        DiskRefusal.foreign(disk.words, settings.fileSystem, at: disk.path)
    }
}
