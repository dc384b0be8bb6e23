import Btrfs
import Confinement
internal import JSON
import Platform
import Systemd

extension PrivilegedRequest {
    /// Checks the request and does it, as root; within a boundary, if there is one.
    func perform(
        within boundary: Boundary?, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        guard let boundary else { return try await act(progress) }
        let request = self
        let lock = try await UnitsLock.take(for: request)
        defer { withExtendedLifetime(lock) {} }
        let reach = FileReach(writing: [ClosedDoor.units])
        let failed = { @Sendable (error: SystemCallError) in PrivilegedError.failed(error.explanation) }
        try await onConfinedThread(reach, failed) { () throws(PrivilegedError) in try boundary.check(request) }
        let answer = try await act(progress)
        try await onConfinedThread(reach, failed) { () throws(PrivilegedError) in try boundary.did(request) }
        return answer
    }

    private func act(_ progress: @escaping @Sendable (String) -> Void) async throws(PrivilegedError) -> HelperAnswer {
        switch self {
        case .updatePackageLists(let seconds): return try await Apt.update(lockTimeout: seconds, progress)
        case .installPackages(let names, let seconds):
            return try await Apt.install(names, lockTimeout: seconds, progress)
        case .installPackageFiles(let files, let seconds):
            return try await files.install(lockTimeout: seconds, progress)
        case .repairPackages(let seconds): return try await Apt.repair(lockTimeout: seconds, progress)
        case .putAptSource(let file, let seconds): return try await file.put(lockTimeout: seconds, progress)
        case .selectPackages(let names, let selection): return try await Apt.select(selection, names, progress)
        case .clearPartialLists: try await Apt.clearPartialLists()
        case .replaceFile(let path, let content, let mode, let owner):
            try await RootFile(path: path).replace(content, mode: mode, owner: owner)
        case .putFile(let file): try await file.put()
        case .setKernelSettings(let values): try await KernelSettings(values).set()
        case .setHostSetting(let setting, let value): try await HostSettings(setting: setting, value: value).set()
        case .makeAccount(let facet, let user): try await Accounts.make(facet, user)
        case .removeAccount(let facet): try await Accounts.remove(facet)
        case .setUserAttribute(let attribute, let user, let value):
            try await Accounts.set(attribute, of: user, to: value)
        case .setFileCapabilities(let path, let capabilities, let owner):
            try await CapableFile(path: path, owner: owner).give(capabilities)
        case .makeFolder(let path, let mode, let owner):
            try await OwnedFolder(path: path).make(mode: mode, owner: owner)
        case .createImage(let path, let bytes, let label): try await ImageFile(path: path, label: label).create(bytes)
        case .growImage(let path, let bytes, let label, let mountPoint):
            try await ImageFile(path: path, label: label).grow(bytes, mountedAt: mountPoint)
        case .prepareDisk(let claim):
            return HelperAnswer(output: String(decoding: try await claim.prepare(progress).json(), as: UTF8.self))
        case .settleDisk(let mountPoint, let fileSystem, let uuid, let owner):
            let disk = MountedDisk(mountPoint: mountPoint, fileSystem: fileSystem, uuid: uuid)
            return HelperAnswer(output: "\(try await disk.settle(owner: owner))")
        case .makeSwapFile(let bytes): try await SwapFile.make(bytes: bytes)
        case .removeSwapFile: try await SwapFile.remove()
        case .createSubvolumes(let mountPoint, let names, let owner):
            try await MountedImage(mountPoint).createSubvolumes(names, owner: owner)
        case .enableQuotas(let mountPoint): try await MountedImage(mountPoint).enableQuotas()
        case .reloadUnits, .enableUnit, .disableUnit, .startUnit, .restartUnit, .stopUnit:
            return try await performOnBus()
        case .journal(let unit, let lines, let span):
            let tail = await Journal.tail(of: unit, lines: min(max(lines, 1), 200), span: span)
            return HelperAnswer(output: String(tail.suffix(8192)))
        case .maskUnit(let unit, let keepsFile): try await UnitMask(unit).set(keepingFile: keepsFile)
        case .unmaskUnit(let unit, let restores): try await UnitMask(unit).remove(restoringFile: restores)
        case .removeUnit(let unit, let digest): try await OwnUnit(unit: unit, digest: digest).remove()
        case .removeFile(let path, let digest): try await OwnFile(path: path, digest: digest).remove()
        case .removeFolder(let path): try await EmptyFolder(path: path).remove()
        case .removeData(let path, let owner): try await OwnedFolder(path: path).remove(owner: owner)
        case .removeImage(let path, let label): try await ImageFile(path: path, label: label).remove()
        case .purgePackages(let names, let seconds):
            return try await Apt.purge(names, lockTimeout: seconds, progress)
        case .removePackages(let names, let others, let seconds):
            return try await Apt.remove(names, along: others, lockTimeout: seconds, progress)
        case .setDropInAside(let unit, let path): try await DropIn(path, of: unit).setAside()
        case .startDetachedRun: return try await DetachedRun.start()
        case .reboot: try await ResumedRun.reboot()
        case .renewHelper(let path, let signature):
            guard await onOwnThread({ () throws(Never) in ClosedDoor.isThis }) else {
                throw .refused(
                    what: "only what is behind the closed door is renewed", place: path,
                    hint: "as root: host-bootstrap install-helper --user USER")
            }
            try await HelperRenewal(path: path, signature: signature).take()
        }
        return HelperAnswer()
    }

    private func performOnBus() async throws(PrivilegedError) -> HelperAnswer {
        switch self {
        case .reloadUnits: try await onBus { bus, _ throws(SystemdError) in try bus.reload() }
        case .enableUnit(let unit):
            try await asRequest(beneath: [RootFile.unitFolder]) { () throws(SystemCallError) in
                try EnablementLinks(of: unit).clearTheWay()
            }
            try await onBus { bus, _ throws(SystemdError) in try bus.enable(unit) }
        case .disableUnit(let unit):
            try await onBus { bus, _ throws(SystemdError) in
                try bus.disable(unit)
                try bus.reload()
            }
        case .stopUnit(let unit):
            try await onBus { bus, stop throws(SystemdError) in try bus.stop(unit, stop: stop) }
        case .startUnit(let unit):
            let start = try await onBus { bus, stop throws(SystemdError) in try bus.start(unit, stop: stop) }
            return HelperAnswer(output: String(decoding: start.json(), as: UTF8.self))
        case .restartUnit(let unit):
            let start = try await onBus { bus, stop throws(SystemdError) in try bus.restart(unit, stop: stop) }
            return HelperAnswer(output: String(decoding: start.json(), as: UTF8.self))
        default: break
        }
        return HelperAnswer()
    }
}

/// Speaks to systemd on a thread that changes no file at all: what changes there, systemd does.
func onBus<Value: Sendable>(
    _ body: @escaping @Sendable (borrowing SystemBus, StopFlag) throws(SystemdError) -> Value
) async throws(PrivilegedError) -> Value {
    let stop = StopFlag()
    let result: Result<Value, PrivilegedError> = await withTaskCancellationHandler {
        do throws(PrivilegedError) {
            return .success(
                try await asRequest(beneath: []) { () throws(SystemdError) in try body(try SystemBus.open(), stop) })
        } catch {
            return .failure(error)
        }
    } onCancel: {
        stop.set()
    }
    return try result.get()
}

/// Blocks a thread of its own, and makes any explained error a request's.
func asRequest<Value: Sendable, Failure: Explained>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(PrivilegedError) -> Value {
    do throws(Failure) { return try await onOwnThread(body) } catch { throw .failed(error.explanation) }
}

/// The same on a thread that the kernel lets change files only beneath these folders.
func asRequest<Value: Sendable, Failure: Explained>(
    beneath folders: [String], _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(PrivilegedError) -> Value {
    try await onConfinedThread(FileReach(writing: folders), { .failed($0.explanation) }) {
        () throws(PrivilegedError) in
        do throws(Failure) { return try body() } catch { throw .failed(error.explanation) }
    }
}
