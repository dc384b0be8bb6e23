import Engine
internal import Glibc
import Platform
import Privileged
import Systemd

/// A user's own systemd, for that user: its units and their files are the user's to change, with no way through root.
struct UserUnits: UnitManager {
    let number: UInt32, home: String
    let helper: PrivilegedHelper
    var scope: UnitScope { .user(number: number, home: home) }

    // MARK: Whether it runs

    func absence() async -> String? {
        let scope = scope
        let isThere = await onOwnThread { () throws(Never) in
            do throws(SystemdError) { _ = try SystemBus.open(scope) } catch { return false }
            return true
        }
        return isThere ? nil : "the user's own systemd does not run"
    }

    /// Lingering has it started, which is joined here; where somebody stopped it since, root starts it.
    func ready() async throws(StepFailure) {
        if await absence() == nil { return }
        if let manager = scope.process {
            _ = try await asRoot { () throws(PrivilegedError) in try await helper.start(manager) }
        }
        if try await isThere(within: .seconds(20)) { return }
        try await ask { bus, _ throws(SystemdError) in try bus.reload() }
    }

    private func isThere(within limit: Duration) async throws(StepFailure) -> Bool {
        let deadline = ContinuousClock.now + limit
        while await absence() != nil {
            guard ContinuousClock.now < deadline else { return false }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return false }
        }
        return true
    }

    // MARK: Units

    func state(of unit: UnitName, withLinks: Bool) async throws(StepFailure) -> UnitState {
        try await askIfThere { bus, _ throws(SystemdError) in try bus.state(of: unit, withLinks: withLinks) } ?? .unread
    }

    func reload() async throws(StepFailure) {
        _ = try await askIfThere { bus, _ throws(SystemdError) in try bus.reload() }
    }

    func enable(_ unit: UnitName) async throws(StepFailure) {
        let links = EnablementLinks(of: unit, in: scope)
        try await onDisk { () throws(SystemCallError) in try links.clearTheWay() }
        try await ask { bus, _ throws(SystemdError) in try bus.enable(unit) }
    }

    func disable(_ unit: UnitName) async throws(StepFailure) {
        let isTold: Void? = try await askIfThere { bus, _ throws(SystemdError) in
            try bus.disable(unit)
            try bus.reload()
        }
        if isTold == nil { try await removeLinks(of: unit) }
    }

    /// Where nobody is there who would.
    private func removeLinks(of unit: UnitName) async throws(StepFailure) {
        let links = EnablementLinks(of: unit, in: scope)
        try await onDisk { () throws(SystemCallError) in try links.remove() }
    }

    func start(_ unit: UnitName) async throws(StepFailure) -> UnitStart {
        try await ask { bus, stop throws(SystemdError) in try bus.start(unit, stop: stop) }
    }

    func restart(_ unit: UnitName) async throws(StepFailure) -> UnitStart {
        try await ask { bus, stop throws(SystemdError) in try bus.restart(unit, stop: stop) }
    }

    func stop(_ unit: UnitName) async throws(StepFailure) {
        try await ask { bus, stop throws(SystemdError) in try bus.stop(unit, stop: stop) }
    }

    func journal(_ unit: UnitName, lines: Int, of span: JournalSpan) async -> String {
        await Journal.tail(of: unit, in: scope, lines: lines, span: span)
    }

    // MARK: Files

    func write(_ file: WantedFile) async throws(StepFailure) {
        try await onDisk { () throws(SystemCallError) in
            try Folders.make(Files.folder(of: file.path))
            try file.write()
        }
    }

    func mask(_ unit: UnitName, keepingFile: Bool) async throws(StepFailure) {
        let path = "\(scope.folder)/\(unit)"
        try await onDisk { () throws(SystemCallError) in
            try Folders.make(Files.folder(of: path))
            let isThere = try FileStatus.of(path) != nil
            if isThere, keepingFile, try !AdministratorFiles.isMask(path) { try Self.setAside(path) }
            try Files.replaceLink(path, target: "/dev/null")
        }
    }

    func unmask(_ unit: UnitName, restoringFile: Bool) async throws(StepFailure) {
        let folders = scope.folders, folder = scope.folder
        try await onDisk { () throws(SystemCallError) in
            for path in folders.map({ "\($0)/\(unit)" }) where try AdministratorFiles.isMask(path) {
                try Files.remove(path)
            }
            guard restoringFile, try FileStatus.of("\(folder)/\(unit)") == nil else { return }
            // Their numbers are milliseconds, all of one length.
            let kept = try Folders.names(in: folder).filter { $0.hasFirstBytes("\(unit).set-aside-") }
            if let last = kept.max() { try Files.renameIfAbsent("\(folder)/\(last)", to: "\(folder)/\(unit)") }
        }
    }

    func setAside(_ dropIn: String, of unit: UnitName) async throws(StepFailure) {
        guard AdministratorFiles.isDropIn(dropIn, of: unit, in: scope) else { return }
        try await onDisk { () throws(SystemCallError) in try Self.setAside(dropIn) }
    }

    private static func setAside(_ path: String) throws(SystemCallError) {
        try Files.renameIfAbsent(path, to: "\(path).set-aside-\(Timestamp.now().milliseconds)")
    }

    func remove(_ unit: UnitName, digest: String) async throws(StepFailure) {
        let path = "\(scope.folder)/\(unit)"
        let found = try await onDisk { () throws(SystemCallError) in try OwnedFile.digest(path) }
        guard found == nil || found == digest else {
            throw StepFailure(
                Explanation(
                    "somebody changed it, so it is kept", at: path, hint: "look at it, and remove it by hand"))
        }
        let isStopped: Void? = try await askIfThere { bus, stop throws(SystemdError) in
            try bus.stop(unit, stop: stop)
            try bus.disable(unit)
        }
        if isStopped == nil { try await removeLinks(of: unit) }
        try await onDisk { () throws(SystemCallError) in
            guard try FileStatus.of(path) != nil else { return }
            try Files.remove(path)
            try Files.synchronizeFolder(Files.folder(of: path))
        }
        _ = try await askIfThere { bus, _ throws(SystemdError) in
            try bus.reload()
            try bus.resetFailed(unit)
        }
    }

    // MARK: Asking

    /// Speaks to it.
    private func ask<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing SystemBus, StopFlag) throws(SystemdError) -> Value
    ) async throws(StepFailure) -> Value {
        do throws(SystemdError) { return try await answer(body).get() } catch { throw failure(error) }
    }

    /// The same; nil when it does not run.
    ///
    /// Looked at before, it could end between the two, as it does without lingering.
    private func askIfThere<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing SystemBus, StopFlag) throws(SystemdError) -> Value
    ) async throws(StepFailure) -> Value? {
        do throws(SystemdError) { return try await answer(body).get() } catch {
            if case .noUserSystemd = error { return nil }
            throw failure(error)
        }
    }

    /// What is said of it is to be typed to the user's own systemd, but where that is what does not run.
    private func failure(_ error: SystemdError) -> StepFailure {
        if case .noUserSystemd = error { return StepFailure(error) }
        let words = error.explanation
        return StepFailure(Explanation(words.problem, at: words.place, hint: scope.asking(words.hint)))
    }

    /// On a thread of its own; a run that is stopped waits for no job.
    private func answer<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing SystemBus, StopFlag) throws(SystemdError) -> Value
    ) async -> Result<Value, SystemdError> {
        let stop = StopFlag(), scope = scope
        return await withTaskCancellationHandler {
            do throws(SystemdError) {
                return .success(
                    try await onOwnThread { () throws(SystemdError) in try body(try SystemBus.open(scope), stop) })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            stop.set()
        }
    }
}
