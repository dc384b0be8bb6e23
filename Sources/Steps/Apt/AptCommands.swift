import Engine
import HostConfig
import Platform
import Privileged

/// What the apt step does, one command each.
struct AptCommands: Sendable {
    static let lists = "/var/lib/apt/lists"
    let helper: PrivilegedHelper
    let settings: AptSettings
    private var lockTimeoutSeconds: Int { Int(settings.lockTimeout.milliseconds / 1000) }

    /// Finishes what dpkg was cut off in, if it was, or if one of these packages was begun and not ended.
    ///
    /// True when it did.
    func repairIfInterrupted(_ packages: [String], _ context: StepContext) async throws(StepFailure) -> Bool {
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        guard status.isInterrupted || packages.contains(where: status.isUnfinished) else { return false }
        try await repair(context)
        return true
    }

    /// Finishes what dpkg was cut off in, where nothing else is to be done.
    func finishInterrupted(_ context: StepContext) async throws(StepFailure) {
        let result = try await repair(context)
        guard !result.succeeded else { return }
        throw StepFailure(AptFailure(result).explanation(result, of: "dpkg --configure -a"))
    }

    /// What follows shows whether it helped.
    @discardableResult
    func repair(_ context: StepContext) async throws(StepFailure) -> CommandResult {
        context.progress("dpkg was interrupted, or could not end: letting it finish, once")
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.repairPackages(lockTimeoutSeconds: lockTimeoutSeconds) { context.progress($0) }
        }
        context.ran(result)
        return result
    }

    /// Are the lists young enough, and do they offer every package? Then an update would bring nothing.
    func listsHold(_ packages: [String]) async throws(StepFailure) -> Bool {
        let oldest = Timestamp.now().milliseconds - settings.listsMaxAge.milliseconds
        let young = try await onDisk { () throws(SystemCallError) in
            let releases = try Folders.names(in: Self.lists).filter { $0.hasSuffix("Release") }
            for name in releases {
                guard let status = try FileStatus.of("\(Self.lists)/\(name)"), status.modified / 1_000_000 > oldest
                else { return false }
            }
            return !releases.isEmpty
        }
        guard young else { return false }
        // The lists may be compressed, pinned and many: apt-cache(8) alone reads them as apt-get will.
        let names = packages.map { String($0.prefix { $0 != "=" }) }
        let shown = try? await Subprocess.run(
            Command("/usr/bin/apt-cache", ["-q", "policy", "--"] + names), timeout: .seconds(60))
        guard let shown, shown.succeeded else { return false }
        let candidates = shown.output.split(separator: "\n").filter {
            $0.contains("Candidate: ") && !$0.hasSuffix("(none)")
        }
        return candidates.count == names.count
    }

    /// What apt-get would do for these packages, by the lists that are there; it is not asked to fetch new ones.
    func preview(_ named: [Difference]) async -> [Difference] {
        let simulated = try? await Subprocess.run(
            Command(
                "/usr/bin/apt-get",
                // Without its caches, which root's apt would write anew: a plan changes nothing.
                ["-s", "-qq", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
                    + ["install", "--no-install-recommends", "--"] + named.map(\.what)),
            timeout: .seconds(60))
        guard let simulated, simulated.succeeded else { return named }
        return AptPreview(simulated.output).differences(named: named)
    }

    /// What apt-get would do if these packages were removed, as this user; who may not go is for the caller to say.
    func simulateRemoval(_ packages: [String]) async throws(StepFailure) -> CommandResult {
        let command = Command(
            "/usr/bin/apt-get",
            ["-s", "-qq", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
                + ["-o", "APT::Get::AutomaticRemove=false", "--allow-change-held-packages"]
                + ["--allow-remove-essential", "remove", "--"] + packages)
        do throws(SystemCallError) { return try await Subprocess.run(command, timeout: .seconds(60)) } catch {
            throw StepFailure(error)
        }
    }

    /// What the disk has left, and what these packages take by apt's own reckoning, where it can tell.
    func room(for packages: [String]) async -> String {
        // It says what it would do, is told no, and touches nothing.
        let preview = try? await Subprocess.run(
            Command(
                "/usr/bin/apt-get",
                ["--assume-no", "-q", "-o", "Debug::NoLocking=1", "-o", "Dir::Cache::pkgcache="]
                    + ["-o", "Dir::Cache::srcpkgcache=", "install", "--no-install-recommends", "--"] + packages),
            timeout: .seconds(60))
        let places = await onOwnThread { () throws(Never) in
            ["/usr", "/var/cache/apt/archives"].compactMap { path in
                (try? FileSystem.holding(path)).map { "\(path) has \(gibibytes($0.available)) left" }
            }
        }
        let needs = (preview?.output ?? "").split(separator: "\n").filter {
            $0.hasPrefix("Need to get ") || $0.hasPrefix("After this operation, ")
        }
        return (places + needs.map { String($0.last == "." ? $0.dropLast() : $0) }).joined(separator: ", ")
    }

    func update(_ context: StepContext) async throws(StepFailure) -> CommandResult {
        context.progress("updating the package lists")
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.updatePackageLists(lockTimeoutSeconds: lockTimeoutSeconds) {
                context.progress($0)
            }
        }
        context.ran(result)
        return result
    }

    /// Has a source written and its lists fetched.
    func put(_ source: AptSourceFile, _ context: StepContext) async throws(StepFailure) -> CommandResult {
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.put(source, lockTimeoutSeconds: lockTimeoutSeconds) { context.progress($0) }
        }
        context.ran(result)
        return result
    }

    func install(_ packages: [String], _ context: StepContext) async throws(StepFailure) -> CommandResult {
        context.progress("installing \(packages.joined(separator: " "))")
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.installPackages(
                packages, lockTimeoutSeconds: lockTimeoutSeconds
            ) {
                context.progress($0)
            }
        }
        context.ran(result)
        return result
    }

    /// Installs package files, whose packages have these names.
    func install(
        _ files: PackageFiles, _ names: [String], _ context: StepContext
    ) async throws(StepFailure) -> CommandResult {
        context.progress("installing \(names.joined(separator: " ")) from files")
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.install(files, lockTimeoutSeconds: lockTimeoutSeconds) { context.progress($0) }
        }
        context.ran(result)
        return result
    }

    /// Removes packages, and no others with them than these.
    func remove(
        _ packages: [String], along others: [String], _ context: StepContext
    ) async throws(StepFailure) -> CommandResult {
        context.progress("removing \((packages + others).joined(separator: " "))")
        let result = try await asRoot { () throws(PrivilegedError) in
            try await helper.removePackages(packages, along: others, lockTimeoutSeconds: lockTimeoutSeconds) {
                context.progress($0)
            }
        }
        context.ran(result)
        return result
    }

    /// Lets those of these packages go that are on hold.
    func release(_ packages: [String], _ context: StepContext) async throws(StepFailure) {
        if packages.isEmpty { return }
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        let names = packages.filter { status.selection($0) == .hold }
        if !names.isEmpty { try await select(.install, names, context) }
    }

    /// Says what dpkg is to do with packages that are there.
    func select(
        _ selection: PackageSelection, _ packages: [String], _ context: StepContext
    ) async throws(StepFailure) {
        var attempts = AptAttempts(self, hasRepaired: true)
        while true {
            let result = try await asRoot { () throws(PrivilegedError) in
                try await helper.select(selection, packages) { context.progress($0) }
            }
            context.ran(result)
            if result.succeeded { return }
            let failure = AptFailure(result)
            _ = try await attempts.recover(from: failure, context) {
                let word = selection == .hold ? "hold" : "unhold"
                return failure.explanation(
                    result, of: "apt-mark \(word) \(packages.joined(separator: " "))", at: "apt-mark")
            }
        }
    }

    func clearPartialLists() async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.clearPartialLists() }
    }
}

/// Asks root, and wraps the error once.
func asRoot<Value>(_ body: () async throws(PrivilegedError) -> Value) async throws(StepFailure) -> Value {
    do throws(PrivilegedError) { return try await body() } catch { throw StepFailure(error) }
}
