import Btrfs
import Engine
import HostConfig
import Platform
import Privileged
import Systemd

/// The btrfs image: made once, reused, grown when the config says more, mounted by a unit of systemd's.
struct BtrfsImage: Step {
    let id: StepID = "btrfs-image"
    let phase = Phase.storage
    let needs: Set<StepID>
    /// What a file system may be smaller than its file: it counts whole chunks of its own.
    private static let slack: Int64 = 64 << 20
    private let image: HostConfig.BtrfsImage
    /// The disk that it lies on instead, when that is there; nil when the config names none.
    private let disk: DiskMount?
    private let host: Host

    /// `removal` is the step that takes an older mount unit away, if there is one.
    init(_ image: HostConfig.BtrfsImage, _ host: Host, after removal: StepID? = nil) {
        self.image = image
        self.host = host
        disk = host.configuration.disks.first { $0.name == image.disk }.map {
            DiskMount($0, at: image.mountPoint, givesRoot: false, host)
        }
        // mkfs.btrfs may be among the packages.
        needs = Set(["layout", AptPackages.id(host), removal].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await differences(context, waits: true)
    }

    private func differences(_ context: StepContext, waits: Bool) async throws(StepFailure) -> [Difference] {
        if let disk, try await isOnDisk(disk, context, waits: waits) {
            return try await disk.differences(context, waits: waits) + contentDifferences()
        }
        try await refuseMove(context)
        var found = try await imageDifferences(context)
        let unit = try unit()
        try await unit.refuseMask()
        found += try await unit.differences(try await unitState(unit.name, withLinks: true))
        guard let mount = try await onDisk({ [image] () throws(SystemCallError) in try Mount.at(image.mountPoint) })
        else {
            return found + [Difference(image.mountPoint, found: "not mounted", wanted: "the image, mounted")]
        }
        return found + (try await mountDifferences(mount))
    }

    /// What lies in the image is not seen before it is mounted.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await differences(context, waits: false)
        if found.contains(where: { $0.what == image.mountPoint && $0.found == "not mounted" }), try await size() == nil
        {
            found += image.subvolumes.map {
                Difference("\(image.mountPoint)/\($0)", found: "absent", wanted: "subvolume")
            }
            if image.quotas { found.append(Difference("\(image.mountPoint) quotas", found: "off", wanted: "on")) }
        }
        return found
    }

    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await differences(context, waits: false)
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        if let disk, try await isOnDisk(disk, context, waits: false) {
            try await disk.apply(differences, context)
            return try await arrangeContent()
        }
        let what = Set(differences.map(\.what))
        let unit = try unit()
        let bytes = try await wantedBytes()
        if try await size() == nil {
            context.progress("making an image of \(gibibytes(bytes))")
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.createImage(image.imagePath, bytes: bytes, label: image.label)
            }
        }
        // Asked for again it makes sure that what is there is this host's own image, and changes nothing.
        if what.contains(image.mountPoint), try await size() != nil {
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.createImage(image.imagePath, bytes: bytes, label: image.label)
            }
        }
        if what.contains(UnitPlace.path(unit.name.text)) { try await unit.write() }
        let start = try await asRoot { () throws(PrivilegedError) in
            if what.contains(unit.name.text) { try await host.helper.enable(unit.name) }
            return what.contains(image.mountPoint) ? try await host.helper.start(unit.name) : nil
        }
        try await checkMounted(unit.name, start, context)
        try await arrange(bytes, context)
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        if let disk, try await isOnDisk(disk, context, waits: false) { return try await disk.ownedThings(context) }
        let unit = try unit().owned
        let folders = [Files.folder(of: image.imagePath), image.mountPoint].map { OwnedThing(.folder, $0) }
        let file = OwnedThing(.image, image.imagePath, content: image.label)
        return try await Ownership.look(folders + [file] + [unit].compactMap(\.self), context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .disk: thing.name == disk?.settings.name
        case .image: thing.name == image.imagePath
        case .unit: thing.name == (try? unit().name.text)
        case .folder: [Files.folder(of: image.imagePath), image.mountPoint].contains(thing.name)
        default: false
        }
    }

    // MARK: Looking

    /// What was chosen first stays: the disk that the host has had, else an image that is there, else a disk that appears.
    private func isOnDisk(_ disk: DiskMount, _ context: StepContext, waits: Bool) async throws(StepFailure) -> Bool {
        if disk.uuid(context) != nil { return true }
        if try await size() != nil { return false }
        return try await !disk.search(context).look(context, waits: waits).free.isEmpty
    }

    /// A new image in the disk's place would hide what the host has.
    private func refuseMove(_ context: StepContext) async throws(StepFailure) {
        let mine = (context.ownedThings ?? host.past?.steps[id.name]?.owned ?? []).filter { $0.kind == .disk }
        guard let mount = try await onDisk({ [image] () throws(SystemCallError) in try Mount.at(image.mountPoint) }),
            let backing = try await backingDisk(of: mount),
            let former = mine.first(where: { $0.name != disk?.settings.name })
        else { return }
        let unit = try unit().name
        throw StepFailure(
            Explanation(
                "the btrfs lies on the disk \(former.name) (\(backing)), which \"disk\" in \"btrfs\" names no more; it is "
                    + "never moved by itself", at: image.mountPoint,
                hint: "name it again; or copy what is on it elsewhere, then sudo systemctl disable --now '\(unit)', "
                    + "and run again"))
    }

    /// The device it is mounted from; nil when that is a file.
    private func backingDisk(of mount: Mount) async throws(StepFailure) -> String? {
        try await onDisk { () throws(SystemCallError) in
            try Mount.backingFile(of: mount.source) == image.imagePath ? nil : BlockDevice.at(mount.source)?.path
        }
    }

    private func imageDifferences(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let wanted = try await wantedBytes()
        switch try await size() {
        case nil:
            try await checkReserve(wanted)
            return [Difference(image.imagePath, found: "absent", wanted: gibibytes(wanted))]
        case let size? where size < wanted && image.size != .automatic:
            try await checkReserve(wanted)
            return [Difference(image.imagePath, found: gibibytes(size), wanted: gibibytes(wanted))]
        case let size? where size > wanted && image.size != .automatic:
            context.lacks(
                Explanation(
                    "the image has \(gibibytes(size)), and is never made smaller, for it holds data",
                    at: image.imagePath,
                    hint:
                        "let \"btrfs_image_target_gb\" say \(size >> 30); or copy what is in it elsewhere, take it away "
                        + "and let a run make a new one"))
            return []
        default: return []
        }
    }

    private func mountDifferences(_ mount: Mount) async throws(StepFailure) -> [Difference] {
        let (image, user) = (image, host.configuration.bootstrapUser)
        return try await onDisk { () throws(SystemCallError) in
            guard mount.kind == "btrfs", try Mount.backingFile(of: mount.source) == image.imagePath else {
                return [
                    Difference(
                        image.mountPoint, found: "\(mount.kind) from \(mount.source)", wanted: "the image, mounted")
                ]
            }
            // A run that was killed between the two left the file larger than the file system in it.
            let (file, system) = (
                try FileStatus.of(image.imagePath)?.size ?? 0, try FileSystem.holding(image.mountPoint)
            )
            let isCutOff = system.total + Self.slack < file
            let size = Difference(
                "\(image.mountPoint) size", found: "\(system.total >> 20) MiB", wanted: "\(file >> 20) MiB")
            return try Self.contentDifferences(mount, image, user) + (isCutOff ? [size] : [])
        }
    }

    /// What lies in it, when it is mounted.
    private func contentDifferences() async throws(StepFailure) -> [Difference] {
        let (image, user) = (image, host.configuration.bootstrapUser)
        return try await onDisk { () throws(SystemCallError) in
            guard let mount = try Mount.at(image.mountPoint), mount.kind == "btrfs" else { return [] }
            return try Self.contentDifferences(mount, image, user)
        }
    }

    private static func contentDifferences(
        _ mount: Mount, _ image: HostConfig.BtrfsImage, _ user: String
    ) throws(SystemCallError) -> [Difference] {
        var found: [Difference] = []
        for name in image.subvolumes {
            let path = "\(image.mountPoint)/\(name)"
            // Inode 256 is every subvolume's root: btrfs on-disk format.
            guard let status = try FileStatus.of(path), status.kind == .folder, status.inode == 256 else {
                found.append(Difference(path, found: "absent", wanted: "subvolume"))
                continue
            }
            // A run that was killed between the two made it and did not give it away.
            if status.owner == 0, (try? Folders.names(in: path)) == [] {
                found.append(Difference(path, found: "root's, and empty", wanted: "\(user)'s"))
            }
        }
        if image.quotas, try !Quota.isOn(device: mount.source) {
            found.append(Difference("\(image.mountPoint) quotas", found: "off", wanted: "on"))
        }
        return found
    }

    /// The image's size; nil when it is not there.
    ///
    /// Only root may read it, everybody may ask how long it is.
    private func size() async throws(StepFailure) -> Int64? {
        try await onDisk { [image] () throws(SystemCallError) in
            guard let status = try FileStatus.of(image.imagePath), status.size > 0 else { return nil }
            return status.size
        }
    }

    private func wantedBytes() async throws(StepFailure) -> Int64 {
        let image = image
        return try await onDisk { () throws(SystemCallError) in
            let system = try FileSystem.holding(image.imagePath)
            switch image.size {
            case .gigabytes(let number): return Int64(number) << 30
            case .automatic: return Self.automaticSize(of: system.total, system.available, reserve: image.reserveGB)
            }
        }
    }

    /// Half of the disk in whole GiB, at least one: the other half is for the system, bundles and their history.
    ///
    /// Less where what is free of it now, without what is reserved, is less.
    static func automaticSize(of total: Int64, _ available: Int64, reserve gigabytes: Int) -> Int64 {
        let bound = min(total / 2, available - Int64(gigabytes) << 30)
        return max(1, bound >> 30) << 30
    }

    /// An image is sparse: it is made while there is room, and takes it later.
    private func checkReserve(_ wanted: Int64) async throws(StepFailure) {
        guard image.reserveGB > 0 else { return }
        let (image, reserve) = (image, Int64(image.reserveGB) << 30)
        let left = try await onDisk { () throws(SystemCallError) in
            let taken = try FileStatus.of(image.imagePath)?.allocated ?? 0
            return try FileSystem.holding(image.imagePath).available + taken - wanted
        }
        guard left < reserve else { return }
        throw StepFailure(
            Explanation(
                "an image of \(gibibytes(wanted)) would leave \(gibibytes(max(0, left))) of its disk, and \"reserve_gb\" is "
                    + "\(image.reserveGB)", at: image.imagePath,
                hint: "let \"btrfs_image_target_gb\" be less, or \"auto\"; or free space, or enlarge the disk"))
    }

    // MARK: Acting

    private func arrange(_ bytes: Int64, _ context: StepContext) async throws(StepFailure) {
        let mounted = try await onDisk { [image] () throws(SystemCallError) in try Mount.at(image.mountPoint) }
        var isCutOff = false
        if let mounted {
            isCutOff = try await mountDifferences(mounted).contains { $0.what == "\(image.mountPoint) size" }
        }
        if let size = try await size(), size < bytes && image.size != .automatic || isCutOff {
            let bytes = max(size, image.size == .automatic ? size : bytes)
            context.progress("growing the image to \(gibibytes(bytes))")
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.growImage(
                    image.imagePath, bytes: bytes, label: image.label, mountPoint: image.mountPoint)
            }
        }
        try await arrangeContent()
    }

    private func arrangeContent() async throws(StepFailure) {
        let left = try await contentDifferences().map(\.what)
        try await asRoot { () throws(PrivilegedError) in
            if left.contains("\(image.mountPoint) quotas") { try await host.helper.enableQuotas(image.mountPoint) }
            if image.subvolumes.contains(where: { left.contains("\(image.mountPoint)/\($0)") }) {
                try await host.helper.createSubvolumes(
                    image.subvolumes, in: image.mountPoint, owner: host.account.name)
            }
        }
    }

    private func checkMounted(
        _ unit: UnitName, _ start: UnitStart?, _ context: StepContext
    ) async throws(StepFailure) {
        let state = try await unitState(unit)
        if state.isActive { return }
        let words = Explanation(
            "does not become active", hint: "systemctl status '\(unit)'; is there a free loop device (losetup -f)?")
        throw await host.failure(UnitPlace(unit, .system), words, state, start, context)
    }

    private func unit() throws(StepFailure) -> StorageUnit {
        try .mount(
            image.imagePath, on: image.mountPoint, "btrfs", options: "loop,", "btrfs image of the project host", host)
    }
}

/// What systemd says of a unit, asked for with no rights at all.
///
/// Whether it is enabled needs a look at its links, which who waits for a unit does not need.
func unitState(_ unit: UnitName, withLinks: Bool = false) async throws(StepFailure) -> UnitState {
    do throws(SystemdError) {
        return try await onOwnThread { () throws(SystemdError) in
            try SystemBus.open().state(of: unit, withLinks: withLinks)
        }
    } catch {
        throw StepFailure(error)
    }
}
