import Engine
import HostConfig
import Platform
import Privileged
import Systemd

/// A disk for data and the unit by which systemd mounts it: what a step looks at, does and owns of them.
///
/// Which disk it is was decided once, and stands in the receipt as the UUID of its file system.
struct DiskMount: Sendable {
    let settings: DiskSettings
    let mountPoint: String
    /// The root of a fresh file system becomes the bootstrap user's.
    let givesRoot: Bool
    let host: Host
    /// The fact that says how large the disk was when its file system last filled it.
    private static let bytesFact = "disk_bytes"
    private var fileSystem: DiskFileSystem { settings.fileSystem }

    init(_ settings: DiskSettings, at mountPoint: String, givesRoot: Bool, _ host: Host) {
        self.settings = settings
        self.mountPoint = mountPoint
        self.givesRoot = givesRoot
        self.host = host
    }

    // MARK: Looking

    /// The UUID of the file system that the host has had on it; nil when it was never taken.
    func uuid(_ context: StepContext) -> String? {
        ((context.possessions ?? []) + host.pastPossessions).first { $0.kind == .disk && $0.name == settings.name }?
            .content
    }

    func differences(_ context: StepContext, waits: Bool) async throws(StepFailure) -> [Difference] {
        let (mountPoint, uuid) = (mountPoint, uuid(context))
        let unit = try unit()
        let path = UnitPlace.path(unit.text)
        let isMasked = try await onDisk { [host] () throws(SystemCallError) in try host.isMask(path) }
        if isMasked, !host.takesOver { throw ForeignUnitFiles.maskFailure(unit, path) }
        var found: [Difference] = []
        let mount = try await onDisk { () throws(SystemCallError) in try Mount.at(mountPoint) }
        if let mount {
            if uuid == nil { try await refuseStranger(mount) }
            found += try await mountDifferences(mount, uuid, context)
        } else {
            found += try await absenceDifferences(uuid, context, waits: waits)
        }
        let file = try await file(uuid)
        found += try await onDisk { () throws(SystemCallError) in
            let difference = try file.map { (file) throws(SystemCallError) in try file.difference() }
            return [difference ?? nil].compactMap(\.self)
        }
        let state = try await unitState(unit, withLinks: true)
        if state.file != "enabled" {
            found.append(
                Difference(unit.text, found: state.file.isEmpty ? "no unit file" : state.file, wanted: "enabled"))
        }
        return found
    }

    /// What somebody else mounted there is not covered by a disk of the config's at the next boot.
    private func refuseStranger(_ mount: Mount) async throws(StepFailure) {
        let candidates = settings.candidates
        let isCandidate = try await onDisk { () throws(SystemCallError) in
            guard let number = try mount.blockDevice() else { return false }
            for path in candidates where try BlockDevice.at(path)?.number == number { return true }
            return false
        }
        guard !isCandidate else { return }
        throw StepFailure(
            Explanation(
                "\(mount.source) is mounted there, and is no candidate of the disk \(settings.name)", at: mountPoint,
                hint:
                    "name it in \"candidates\", or another \"mount_point\"; or take it away: sudo umount '\(mountPoint)', and its "
                    + "line in /etc/fstab"))
    }

    /// Files that a disk would hide are somebody's.
    private func refuseFiles() async throws(StepFailure) {
        let mountPoint = mountPoint
        let names = await onOwnThread { () throws(Never) in (try? Folders.names(in: mountPoint)) ?? [] }
        guard let first = names.sorted().first else { return }
        throw StepFailure(
            Explanation(
                "it holds \(names.count == 1 ? "" : "\(names.count) things, such as ")\(first), which the disk \(settings.name) "
                    + "would hide", at: mountPoint,
                hint:
                    "move what is needed elsewhere, and onto the disk once it is mounted; or name another \"mount_point\""
            ))
    }

    /// Where the disk may be: by what it holds, when that is known, and then as the config says.
    private func places(_ uuid: String?) async throws(StepFailure) -> [String] {
        guard let uuid else { return settings.candidates }
        let link = "/dev/disk/by-uuid/\(uuid)", candidates = settings.candidates
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
            let found = try await lookOnce(uuid(context))
            if !found.free.isEmpty || ContinuousClock.now >= deadline || Task.isCancelled { return found }
            if !isTold {
                let seconds = settings.wait.milliseconds / 1000
                context.progress("waiting up to \(seconds) s for \(settings.candidates.joined(separator: ", "))")
                isTold = true
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func lookOnce(_ uuid: String?) async throws(StepFailure) -> (free: [FreeDisk], others: [String]) {
        let (candidates, mountPoint) = (try await places(uuid), mountPoint)
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

    private func mountDifferences(
        _ mount: Mount, _ uuid: String?, _ context: StepContext
    ) async throws(StepFailure) -> [Difference] {
        let (mountPoint, kind, user) = (mountPoint, fileSystem.rawValue, host.account.name)
        let wanted = "the \(kind) of the disk \(settings.name)\(uuid.map { ", \($0)" } ?? ""), mounted"
        let known = context.remembered(Self.bytesFact).flatMap { Int64($0) }
        let givesRoot = givesRoot
        return try await onDisk { () throws(SystemCallError) in
            guard mount.kind == kind, let device = try BlockDevice.at(mount.source) else {
                return [Difference(mountPoint, found: "\(mount.kind) from \(mount.source)", wanted: wanted)]
            }
            guard let uuid else { return [Difference(mountPoint, found: "from \(mount.source)", wanted: wanted)] }
            let named = try BlockDevice.at("/dev/disk/by-uuid/\(uuid)"), heard = try UdevRecord.of(device)?.uuid
            if named.map({ $0 != device }) == true || heard.map({ $0 != uuid }) == true {
                return [Difference(mountPoint, found: "\(mount.kind) from \(mount.source)", wanted: wanted)]
            }
            var found: [Difference] = []
            if known != device.bytes {
                found.append(
                    Difference(
                        "\(mountPoint) size", found: known.map(gibibytes) ?? "not looked at",
                        wanted: "\(gibibytes(device.bytes)), all of the disk"))
            }
            // A run that was killed between the two formatted it and did not give it away.
            if givesRoot, try FileStatus.of(mountPoint)?.owner == 0,
                (try? Folders.names(in: mountPoint))?.allSatisfy({ $0 == "lost+found" }) == true
            {
                found.append(Difference("\(mountPoint) owner", found: "root's, and empty", wanted: "\(user)'s"))
            }
            return found
        }
    }

    private func absenceDifferences(
        _ uuid: String?, _ context: StepContext, waits: Bool
    ) async throws(StepFailure) -> [Difference] {
        try await refuseFiles()
        let (free, others) = try await look(context, waits: waits)
        if let uuid {
            let isElsewhere = !free.isEmpty && free.allSatisfy { $0.hearsay.map { $0.uuid != uuid } ?? false }
            guard !free.isEmpty, !isElsewhere else {
                throw StepFailure(missing(uuid, free.map { "\($0.path) \($0.words)" } + others))
            }
            return [
                Difference(mountPoint, found: "not mounted", wanted: "the disk with the UUID \(uuid), as it is")
            ]
        }
        guard let first = free.first else { throw StepFailure(none(others)) }
        let kind = fileSystem.rawValue
        switch first.hearsay {
        case let record? where record.kind == kind:
            return [
                Difference(mountPoint, found: "not mounted", wanted: "the \(kind) on \(first.path), as it is")
            ]
        case let record? where record.kind != nil || record.table != nil: throw StepFailure(foreign(first))
        case _ where settings.format == .never:
            return [
                Difference(mountPoint, found: "not mounted", wanted: "the \(kind) on \(first.path), never formatted")
            ]
        default:
            let condition = first.hearsay == nil ? " if root finds it blank" : ""
            return [
                Difference(mountPoint, found: "not mounted", wanted: "\(kind) on \(first.path)"),
                Difference(
                    first.path, found: first.words,
                    wanted: "FORMATTED as \(kind)\(condition): the WHOLE DISK, \(gibibytes(first.device.bytes))"),
            ]
        }
    }

    // MARK: Acting

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let mountPoint = mountPoint
        let unit = try unit()
        let before = try await onDisk { () throws(SystemCallError) in try Mount.at(mountPoint) }
        if before == nil || uuid(context) == nil { try await take(context) }
        guard let uuid = uuid(context), let file = try await file(uuid) else { return }
        let isMasked = try await onDisk { () throws(SystemCallError) in try AdministratorFiles.isMask(file.path) }
        let differs = try await onDisk { () throws(SystemCallError) in try file.difference() != nil }
        let start = try await asRoot { () throws(PrivilegedError) in
            if differs {
                if isMasked || host.takesOver { try await host.helper.unmask(unit) }
                try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
                try await host.helper.reloadUnits()
            }
            try await host.helper.enable(unit)
            return before == nil ? try await host.helper.start(unit) : nil
        }
        let state = try await unitState(unit)
        guard state.isActive else {
            let words = Explanation("does not become active", hint: "systemctl status '\(unit)'; dmesg; lsblk -f")
            throw await host.failure(unit, words, state, start, context)
        }
        try await settle(uuid, context)
    }

    /// Finds the disk and formats it if it may be; whatever becomes of the rest, which one it is, is written down.
    private func take(_ context: StepContext) async throws(StepFailure) {
        let claim = DiskClaim(
            candidates: try await places(uuid(context)), fileSystem: fileSystem,
            formatsBlank: settings.format == .blank,
            uuid: uuid(context), mountPoint: mountPoint)
        let disk = try await asRoot { () throws(PrivilegedError) in
            try await host.helper.prepare(claim) { context.progress($0) }
        }
        context.owns([OwnedThing(.disk, settings.name, content: disk.uuid)])
        context.owns(try await possessions(context))
    }

    private func settle(_ uuid: String, _ context: StepContext) async throws(StepFailure) {
        let mountPoint = mountPoint
        let mount = try await onDisk { () throws(SystemCallError) in try Mount.at(mountPoint) }
        guard let mount, try await !mountDifferences(mount, uuid, context).isEmpty else { return }
        let bytes = try await asRoot { () throws(PrivilegedError) in
            try await host.helper.settleDisk(
                at: mountPoint, fileSystem, uuid: uuid, owner: givesRoot ? host.account.name : nil)
        }
        context.remember(Self.bytesFact, "\(bytes)")
    }

    // MARK: Owning

    func possessions(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var things = [OwnedThing(.folder, mountPoint)]
        if let uuid = uuid(context), let file = try await file(uuid) {
            things.append(OwnedThing(.disk, settings.name, content: uuid))
            things.append(OwnedThing(.unit, try unit().text, content: file.owned.content))
        }
        return try await Possessions.look(things, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .disk: thing.name == settings.name
        case .unit: thing.name == (try? unit().text)
        case .folder: thing.name == mountPoint
        default: false
        }
    }

    // MARK: Its unit

    private func unit() throws(StepFailure) -> UnitName {
        do throws(SystemdError) { return try UnitName.mount(at: mountPoint) } catch { throw StepFailure(error) }
    }

    private func file(_ uuid: String?) async throws(StepFailure) -> WantedFile? {
        guard let uuid else { return nil }
        let hasUdev = try await onDisk { () throws(SystemCallError) in try UdevRecord.isKept() }
        // Wanted, not required: without the disk the boot goes on after systemd's patience, and what needs it says so.
        let text = """
            # Written by host-bootstrap; changes made here are overwritten.
            [Unit]
            Description=data disk \(settings.name)

            [Mount]
            What=\(hasUdev ? "/dev/disk/by-uuid/\(uuid)" : "UUID=\(uuid)")
            Where=\(mountPoint.parts(at: "%").joined(separator: "%%"))
            Type=\(fileSystem.rawValue)
            Options=noatime,nodev,nosuid,X-mount.mkdir

            [Install]
            WantedBy=local-fs.target

            """
        return WantedFile(
            path: UnitPlace.path(try unit().text), content: Array(text.utf8), mode: 0o644, owner: 0)
    }

    // MARK: Words

    private func none(_ others: [String]) -> Explanation {
        Explanation(
            "no disk is there and free: \(others.joined(separator: "; "))", at: settings.name,
            hint: "lsblk -f, ls -l /dev/disk/by-id: attach it, or name it in its \"candidates\"; \"wait_seconds\" is "
                + "how long it is waited for")
    }

    private func missing(_ uuid: String, _ found: [String]) -> Explanation {
        Explanation(
            "the disk that this host had, with the UUID \(uuid), is not among its candidates: "
                + found.joined(separator: "; "), at: settings.name,
            hint: "bring it back, or name where it is in \"candidates\"; for another disk choose another \"name\"")
    }

    private func foreign(_ disk: FreeDisk) -> Explanation {
        Explanation(
            "\(disk.words), and not \(fileSystem.rawValue); a disk that holds something is never formatted",
            at: disk.path,
            hint:
                "look at it (sudo blkid -p \(disk.path)), and let \"filesystem\" say what it has, or name another disk")
    }
}
