internal import Dispatch
internal import JSON
public import Platform
internal import Synchronization
public import Systemd

/// The agent's way to root: one child, started when it is first needed, many requests at a time.
public final class PrivilegedHelper: Sendable {
    private typealias Answer = Result<HelperAnswer, PrivilegedError>

    private struct Pending {
        let continuation: CheckedContinuation<Answer, Never>
        let onProgress: @Sendable (String) -> Void
    }

    private struct State {
        /// What is run, once it is known.
        var command: Command?
        var child: Coprocess?
        var nextID = 1
        var pending: [Int: Pending] = [:]
        /// Requests whose task was cancelled before they were sent.
        var cancelled: Set<Int> = []
        var gone: PrivilegedError?
        var confinement: String?
    }

    private let executable: String, sudo: [String]
    private let isRenewal: Bool
    private let proxies: AptProxies
    private let state = Mutex(State())
    // One line after the other, in the order they were queued, off the cooperative threads: the helper may read slowly.
    private let sending = DispatchQueue(label: "privileged-helper")

    /// Runs `executable privileged-helper` through `sudo -n`; `sudo` can be left empty by who is root already.
    ///
    /// Where root has a copy of that very program behind the closed door, sudo runs that.
    /// What apt fetches there goes through `proxies`.
    public init(
        executable: String, sudo: [String] = ["/usr/bin/sudo", "-n", "--"], proxies: AptProxies = AptProxies()
    ) {
        self.executable = executable
        self.sudo = sudo
        self.proxies = proxies
        isRenewal = false
    }

    /// Speaks to what is behind the closed door, of whatever version that is.
    private init(renewing executable: String) {
        self.executable = executable
        sudo = ["/usr/bin/sudo", "-n", "--"]
        proxies = AptProxies()
        isRenewal = true
    }

    /// Asks the program behind the closed door to let this one take its place; `signature` is the text of minisign's.
    public static func renew(with executable: String, signature: String) async throws(PrivilegedError) {
        let helper = PrivilegedHelper(renewing: executable)
        let result: Result<HelperAnswer, PrivilegedError>
        do throws(PrivilegedError) {
            result = .success(try await helper.ask(.renewHelper(path: executable, signature: signature)))
        } catch {
            result = .failure(error)
        }
        await helper.close()
        _ = try result.get()
    }

    /// Starts this program with `detached-run` in a unit of its own, as the user who asks; the process's number, or nil when
    /// that user's is running already.
    public func startDetachedRun() async throws(PrivilegedError) -> Int32? {
        Int32(try await ask(.startDetachedRun).output)
    }

    /// Boots the host anew in some seconds, as packages ask for it, and then starts this program with `detached-run`, once.
    public func reboot() async throws(PrivilegedError) { _ = try await ask(.reboot) }

    // MARK: Packages

    /// apt-get update; the result tells how it ended.
    public func updatePackageLists(
        lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.updatePackageLists(lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// apt-get install; the result tells how it ended.
    public func installPackages(
        _ names: [String], lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.installPackages(names, lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// apt-get install of package files; the result tells how it ended.
    ///
    /// Refused when a file is not what its digest says, or apt would remove what may not go for them.
    public func install(
        _ files: PackageFiles, lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.installPackageFiles(files, lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// Lets dpkg finish what it was cut off in; the result tells how the last command ended.
    ///
    /// Nothing is removed.
    public func repairPackages(
        lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.repairPackages(lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// Writes a source and fetches its lists; the result tells how that ended, and a source by which it failed is taken back.
    public func put(
        _ source: AptSourceFile, lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.putAptSource(source, lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// apt-mark hold, or unhold; the result tells how it ended.
    public func select(
        _ selection: PackageSelection, _ names: [String], onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.selectPackages(names, selection), onProgress)
    }

    /// Removes half-downloaded package lists.
    public func clearPartialLists() async throws(PrivilegedError) { _ = try await ask(.clearPartialLists) }

    // MARK: Files, image, units

    /// Replaces a unit file, a drop-in, or an environment file below /etc, whole or not at all.
    public func replaceFile(
        _ path: String, content: [UInt8], mode: UInt32, owner: String
    ) async throws(PrivilegedError) {
        _ = try await ask(.replaceFile(path: path, content: content, mode: mode, owner: owner))
    }

    /// Writes a file of the config's, and has what reads it take it up.
    public func put(_ file: HostFile) async throws(PrivilegedError) { _ = try await ask(.putFile(file)) }

    /// Sets the kernel's settings until the next boot.
    public func set(_ settings: KernelSettings) async throws(PrivilegedError) {
        _ = try await ask(.setKernelSettings(settings.values))
    }

    /// Gives the machine a name, a time zone or a language, now and for each boot.
    public func set(_ setting: HostSetting, to value: String) async throws(PrivilegedError) {
        _ = try await ask(.setHostSetting(setting, value))
    }

    /// Makes a user, a group, or what a user has; `user` tells how a new one is made.
    public func make(_ facet: AccountFacet, user: HostUser?) async throws(PrivilegedError) {
        _ = try await ask(.makeAccount(facet, user: user))
    }

    /// Takes a user, a group, or what a user has, away.
    public func remove(_ facet: AccountFacet) async throws(PrivilegedError) {
        _ = try await ask(.removeAccount(facet))
    }

    /// Gives a user another home or shell.
    public func set(
        _ attribute: HostUser.Attribute, of user: String, to value: String
    ) async throws(PrivilegedError) {
        _ = try await ask(.setUserAttribute(attribute, user: user, value: value))
    }

    /// Gives a user's own program these capabilities and no others.
    public func give(
        _ capabilities: FileCapabilities, to path: String, owner: String
    ) async throws(PrivilegedError) {
        _ = try await ask(.setFileCapabilities(path: path, capabilities: capabilities.text, owner: owner))
    }

    /// Makes a folder for data, and those above it, and gives them to a user.
    public func makeFolder(_ path: String, mode: UInt32, owner: String) async throws(PrivilegedError) {
        _ = try await ask(.makeFolder(path: path, mode: mode, owner: owner))
    }

    /// Makes a btrfs image where nothing is.
    public func createImage(_ path: String, bytes: Int64, label: String) async throws(PrivilegedError) {
        _ = try await ask(.createImage(path: path, bytes: bytes, label: label))
    }

    /// Makes a mounted image larger.
    public func growImage(
        _ path: String, bytes: Int64, label: String, mountPoint: String
    ) async throws(PrivilegedError) {
        _ = try await ask(.growImage(path: path, bytes: bytes, label: label, mountPoint: mountPoint))
    }

    /// Finds the disk that is meant, and formats it if it holds nothing and may be.
    public func prepare(
        _ claim: DiskClaim, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> ClaimedDisk {
        let answer = try await ask(.prepareDisk(claim), onProgress)
        guard let disk = try? ClaimedDisk(json: Array(answer.output.utf8)) else {
            throw .garbled("it did not tell which disk it took")
        }
        return disk
    }

    /// Makes a mounted disk's file system fill it, and gives its root to a user if it is fresh; the disk's size in bytes.
    public func settleDisk(
        at mountPoint: String, _ fileSystem: DiskFileSystem, uuid: String, owner: String?
    ) async throws(PrivilegedError) -> Int64 {
        let answer = try await ask(
            .settleDisk(mountPoint: mountPoint, fileSystem: fileSystem, uuid: uuid, owner: owner))
        guard let bytes = Int64(answer.output) else { throw .garbled("it did not tell how large the disk is") }
        return bytes
    }

    /// Makes the host's swap file, or makes it anew with another size.
    public func makeSwapFile(bytes: Int64) async throws(PrivilegedError) {
        _ = try await ask(.makeSwapFile(bytes: bytes))
    }

    /// Removes the host's swap file, which nothing swaps to.
    public func removeSwapFile() async throws(PrivilegedError) { _ = try await ask(.removeSwapFile) }

    /// Makes the subvolumes that are missing, and gives them to a user.
    public func createSubvolumes(
        _ names: [String], in mountPoint: String, owner: String
    ) async throws(PrivilegedError) {
        _ = try await ask(.createSubvolumes(mountPoint: mountPoint, names: names, owner: owner))
    }

    /// Turns quotas on.
    public func enableQuotas(_ mountPoint: String) async throws(PrivilegedError) {
        _ = try await ask(.enableQuotas(mountPoint: mountPoint))
    }

    /// Makes systemd read all unit files anew.
    public func reloadUnits() async throws(PrivilegedError) { _ = try await ask(.reloadUnits) }

    /// Makes a unit start at boot.
    public func enable(_ unit: UnitName) async throws(PrivilegedError) { _ = try await ask(.enableUnit(unit)) }

    /// Makes a unit start at boot no more.
    public func disable(_ unit: UnitName) async throws(PrivilegedError) { _ = try await ask(.disableUnit(unit)) }

    /// Starts a unit, whatever failed before, and waits until its job has ended.
    public func start(_ unit: UnitName) async throws(PrivilegedError) -> UnitStart {
        try started(try await ask(.startUnit(unit)))
    }

    /// Restarts a unit, whatever failed before, and waits until its job has ended.
    public func restart(_ unit: UnitName) async throws(PrivilegedError) -> UnitStart {
        try started(try await ask(.restartUnit(unit)))
    }

    /// Stops a unit and waits until its job has ended.
    public func stop(_ unit: UnitName) async throws(PrivilegedError) { _ = try await ask(.stopUnit(unit)) }

    /// Masks a unit; a unit file in the mask's place is kept beside it, or is replaced.
    public func mask(_ unit: UnitName, keepingFile: Bool) async throws(PrivilegedError) {
        _ = try await ask(.maskUnit(unit, keepingFile: keepingFile))
    }

    /// Takes every mask of a unit away, whoever set it.
    public func unmask(_ unit: UnitName, restoringFile: Bool = false) async throws(PrivilegedError) {
        _ = try await ask(.unmaskUnit(unit, restoringFile: restoringFile))
    }

    /// Takes a unit away whose file has this SHA-256, or is gone.
    public func remove(_ unit: UnitName, digest: String) async throws(PrivilegedError) {
        _ = try await ask(.removeUnit(unit, digest: digest))
    }

    /// Removes an environment file that has this SHA-256.
    public func removeFile(_ path: String, digest: String) async throws(PrivilegedError) {
        _ = try await ask(.removeFile(path: path, digest: digest))
    }

    /// Removes a folder that is empty.
    public func removeFolder(_ path: String) async throws(PrivilegedError) {
        _ = try await ask(.removeFolder(path: path))
    }

    /// Removes a set of data of a user's.
    public func removeData(_ path: String, owner: String) async throws(PrivilegedError) {
        _ = try await ask(.removeData(path: path, owner: owner))
    }

    /// Removes an image that is not mounted.
    public func removeImage(_ path: String, label: String) async throws(PrivilegedError) {
        _ = try await ask(.removeImage(path: path, label: label))
    }

    /// apt-get purge; the result tells how it ended.
    public func purgePackages(
        _ names: [String], lockTimeoutSeconds: Int, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.purgePackages(names, lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// apt-get remove; the result tells how it ended.
    ///
    /// No others go with them than `others`.
    public func removePackages(
        _ names: [String], along others: [String], lockTimeoutSeconds: Int,
        onProgress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> CommandResult {
        try await run(.removePackages(names, along: others, lockTimeoutSeconds: lockTimeoutSeconds), onProgress)
    }

    /// Renames a drop-in of this unit's own, so that systemd does not read it.
    public func setDropInAside(_ path: String, of unit: UnitName) async throws(PrivilegedError) {
        _ = try await ask(.setDropInAside(unit, path: path))
    }

    /// The last lines that a unit wrote to the journal, or that tell of one start.
    public func journal(
        _ unit: UnitName, lines: Int, of span: JournalSpan? = nil
    ) async throws(PrivilegedError) -> String {
        try await ask(.journal(unit, lines: lines, span: span)).output
    }

    /// What the kernel keeps the helper to, in its own words; nil when it was not asked for anything yet.
    public var confinement: String? { state.withLock { $0.confinement } }

    /// Ends the helper in order.
    public func close() async {
        let child = state.withLock { $0.child }
        guard let child else { return }
        // Not waited for: a send that blocks ends when the child does.
        sending.async { child.closeInput() }
        _ = await child.wait(patience: .seconds(15))
    }

    // MARK: Wire

    private func started(_ answer: HelperAnswer) throws(PrivilegedError) -> UnitStart {
        guard let start = try? UnitStart(json: Array(answer.output.utf8)) else {
            throw .garbled("it did not tell how a unit's start went")
        }
        return start
    }

    private func run(
        _ request: PrivilegedRequest, _ onProgress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(PrivilegedError) -> CommandResult {
        let answer = try await ask(request, onProgress)
        return CommandResult(exitCode: answer.exitCode ?? 0, output: answer.output, errors: answer.errors)
    }

    private func ask(
        _ request: PrivilegedRequest, _ onProgress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(PrivilegedError) -> HelperAnswer {
        let child = try start(await command())
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let line = AgentLine.request(id: id, request).json()
        let answer: Answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let obstacle = state.withLock { state -> PrivilegedError? in
                    if state.cancelled.remove(id) != nil { return .cancelled }
                    if let gone = state.gone { return gone }
                    state.pending[id] = Pending(continuation: continuation, onProgress: onProgress)
                    sending.async { try? child.send(line) }
                    return nil
                }
                if let obstacle { continuation.resume(returning: .failure(obstacle)) }
            }
        } onCancel: {
            state.withLock { state in
                if state.pending[id] == nil {
                    state.cancelled.insert(id)
                } else {
                    sending.async { try? child.send(AgentLine.cancel(id: id).json()) }
                }
            }
        }
        return try answer.get()
    }

    /// Looked for when something is first asked for: whoever only looks at the host does without.
    private func command() async -> Command {
        if let known = state.withLock({ $0.command }) { return known }
        let executable = executable
        let isBehindDoor =
            sudo.isEmpty || isRenewal
            ? isRenewal : await onOwnThread { () throws(Never) in ClosedDoor.state(for: executable) == .same }
        let words = sudo + [isBehindDoor ? ClosedDoor.program : executable, "privileged-helper"]
        let made = Command(words[0], Array(words.dropFirst()))
        state.withLock { $0.command = made }
        return made
    }

    private func start(_ command: Command) throws(PrivilegedError) -> Coprocess {
        do throws(SystemCallError) {
            let result: Result<(Coprocess, isNew: Bool), SystemCallError> = state.withLock { state in
                Result { () throws(SystemCallError) in
                    if let child = state.child { return (child, false) }
                    let child = try Coprocess(command) { [weak self] in self?.take($0) }
                    state.child = child
                    // Before any request. On standard input: a process list or sudo's log would show a password.
                    if proxies != AptProxies() {
                        let line = AgentLine.proxies(proxies).json()
                        sending.async { try? child.send(line) }
                    }
                    return (child, true)
                }
            }
            let (child, isNew) = try result.get()
            if isNew { Task { await watch(child) } }
            return child
        } catch {
            throw .noHelper(reason: error.explanation.summary)
        }
    }

    private func watch(_ child: Coprocess) async {
        let result = await child.wait()
        let words = result.errors.split(separator: "\n").last.map(String.init) ?? "exit code \(result.exitCode)"
        failAll(.noHelper(reason: words))
    }

    /// Fails what is asked for now and from now on; the first reason is the one that is told.
    private func failAll(_ error: PrivilegedError) {
        let (pending, reason) = state.withLock { state in
            let reason = state.gone ?? error
            state.gone = reason
            defer { state.pending = [:] }
            return (state.pending, reason)
        }
        for waiting in pending.values { waiting.continuation.resume(returning: .failure(reason)) }
    }

    private func lost(_ what: String) { lost(to: .garbled(what)) }

    private func lost(to error: PrivilegedError) {
        failAll(error)
        if let child = state.withLock({ $0.child }) { sending.async { child.closeInput() } }
    }

    private func take(_ line: String) {
        guard let message = try? HelperLine(json: Array(line.utf8)) else {
            return lost("it answered \"\(line.prefix(80).filter { !$0.isNewline })\"")
        }
        switch message {
        // No request has the number 0: it could not begin, and says why; or could not read one, and does not know which.
        case .failed(0, let problem, let place, let hint) where !hint.isEmpty:
            lost(to: .failed(Explanation(problem, at: place, hint: hint)))
        case .failed(0, let problem, _, _): lost(problem)
        case .confined(let words): state.withLock { $0.confinement = words }
        case .progress(let id, let text): state.withLock { $0.pending[id]?.onProgress }?(text)
        case .done(let id, let answer): resume(id, .success(answer))
        case .failed(let id, let problem, let place, let hint):
            resume(id, .failure(.failed(Explanation(problem, at: place, hint: hint))))
        }
    }

    private func resume(_ id: Int, _ answer: Answer) {
        state.withLock { $0.pending.removeValue(forKey: id) }?.continuation.resume(returning: answer)
    }
}
