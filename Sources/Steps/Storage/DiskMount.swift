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
        ((context.ownedThings ?? []) + host.pastPossessions).first { $0.kind == .disk && $0.name == settings.name }?
            .content
    }

    /// Which devices could be it.
    func search(_ context: StepContext) -> DiskSearch {
        DiskSearch(settings: settings, mountPoint: mountPoint, uuid: uuid(context))
    }

    func differences(_ context: StepContext, waits: Bool) async throws(StepFailure) -> [Difference] {
        let (mountPoint, uuid) = (mountPoint, uuid(context))
        let unit = try await unit(uuid)
        try await unit.refuseMask()
        var found: [Difference] = []
        let mount = try await onDisk { () throws(SystemCallError) in try Mount.at(mountPoint) }
        if let mount {
            if uuid == nil { try await refuseStranger(mount) }
            found += try await mountDifferences(mount, uuid, context)
        } else {
            found += try await absenceDifferences(uuid, context, waits: waits)
        }
        return found + (try await unit.differences(try await unitState(unit.name, withLinks: true)))
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
                    "name it in \"candidates\", or another \"mount_point\"; or take it away: sudo umount \(ShellWord.plain(mountPoint)), and its "
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
            let named = try BlockDevice.at(DiskSearch.link(uuid)), heard = try UdevRecord.of(device)?.uuid
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
        let search = search(context)
        let (free, others) = try await search.look(context, waits: waits)
        if let uuid {
            let isElsewhere = !free.isEmpty && free.allSatisfy { $0.hearsay.map { $0.uuid != uuid } ?? false }
            guard !free.isEmpty, !isElsewhere else {
                throw StepFailure(search.missing(uuid, free.map { "\($0.path) \($0.words)" } + others))
            }
            return [
                Difference(mountPoint, found: "not mounted", wanted: "the disk with the UUID \(uuid), as it is")
            ]
        }
        guard let first = free.first else { throw StepFailure(search.none(others)) }
        let kind = fileSystem.rawValue
        switch first.hearsay {
        case let record? where record.kind == kind:
            return [
                Difference(mountPoint, found: "not mounted", wanted: "the \(kind) on \(first.path), as it is")
            ]
        case let record? where record.kind != nil || record.table != nil: throw StepFailure(search.foreign(first))
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
        let before = try await onDisk { () throws(SystemCallError) in try Mount.at(mountPoint) }
        if before == nil || uuid(context) == nil { try await take(context) }
        guard let uuid = uuid(context) else { return }
        let unit = try await unit(uuid)
        let differs = try await onDisk { () throws(SystemCallError) in try unit.file?.difference() != nil }
        if differs { try await unit.write() }
        let start = try await asRoot { () throws(PrivilegedError) in
            try await host.helper.enable(unit.name)
            return before == nil ? try await host.helper.start(unit.name) : nil
        }
        let state = try await unitState(unit.name)
        guard state.isActive else {
            let words = Explanation("does not become active", hint: "systemctl status '\(unit.name)'; dmesg; lsblk -f")
            throw await host.failure(UnitPlace(unit.name, .system), words, state, start, context)
        }
        try await settle(uuid, context)
    }

    /// Finds the disk and formats it if it may be; whatever becomes of the rest, which one it is, is written down.
    private func take(_ context: StepContext) async throws(StepFailure) {
        let claim = DiskClaim(
            candidates: try await search(context).places(), fileSystem: fileSystem,
            formatsBlank: settings.format == .blank, uuid: uuid(context), mountPoint: mountPoint)
        let disk = try await asRoot { () throws(PrivilegedError) in
            try await host.helper.prepare(claim) { context.progress($0) }
        }
        context.owns([OwnedThing(.disk, settings.name, content: disk.uuid)])
        context.owns(try await ownedThings(context))
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

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        var things = [OwnedThing(.folder, mountPoint)]
        if let uuid = uuid(context) {
            things.append(OwnedThing(.disk, settings.name, content: uuid))
            things += [try await unit(uuid).owned].compactMap(\.self)
        }
        return try await Ownership.look(things, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .disk: thing.name == settings.name
        case .unit: thing.name == (try? UnitName.mount(at: mountPoint))?.text
        case .folder: thing.name == mountPoint
        default: false
        }
    }

    // MARK: Its unit

    /// Wanted, not required: without the disk the boot goes on after systemd's patience, and what needs it says so.
    private func unit(_ uuid: String?) async throws(StepFailure) -> StorageUnit {
        let hasUdev = try await onDisk { () throws(SystemCallError) in try UdevRecord.isKept() }
        let source = uuid.map { hasUdev ? DiskSearch.link($0) : "UUID=\($0)" }
        return try .mount(source, on: mountPoint, fileSystem.rawValue, "data disk \(settings.name)", host)
    }
}
