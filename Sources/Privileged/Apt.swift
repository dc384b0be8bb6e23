internal import Glibc
import Platform
internal import Synchronization

/// apt and dpkg, without a question to anybody.
enum Apt {
    static let lockFile = "/var/lib/dpkg/lock-frontend"

    /// Dialogs would wait for ever: debconf's, needrestart's and apt-listchanges' among them.
    ///
    /// needrestart lists only: what it restarts, no plan foresees, and the unit that a run is part of is among it.
    private static let environment = Command.plainEnvironment.merging(
        ["DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "APT_LISTCHANGES_FRONTEND": "none"],
        uniquingKeysWith: { $1 })

    /// What the agent told of its proxies, for every run of apt; checked.
    private static let proxies = Mutex<[String: String]>([:])

    /// From now on apt fetches through these.
    static func use(_ given: AptProxies) throws(PrivilegedError) {
        let variables = try given.variables()
        proxies.withLock { $0 = variables }
    }

    /// What both commands are told; where each comes from stands in the field's long lists of hanging first boots.
    private static func options(lockTimeout: Int) -> [String] {
        let settings = [
            "Acquire::Retries=3", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20", "Acquire::ftp::Timeout=20",
            "Acquire::CompressionTypes::Order::=gz", "DPkg::Lock::Timeout=\(min(max(lockTimeout, 0), 86_400))",
            // A kept config file wins over the package's, and the package's default decides where none was changed.
            "Dpkg::Options::=--force-confdef", "Dpkg::Options::=--force-confold",
            // dpkg leaves out its fsyncs; the file systems are synchronised once afterwards.
            "Dpkg::Options::=--force-unsafe-io",
            // Without a terminal of its own, dpkg's words come as they are written.
            "Dpkg::Use-Pty=0",
        ]
        return ["-q", "-y"] + settings.flatMap { ["-o", $0] }
    }

    static func update(
        lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let arguments = options(lockTimeout: lockTimeout) + strict + withoutTranslations() + ["update"]
        return try await run("/usr/bin/apt-get", arguments, progress)
    }

    /// Where apt keeps no translated descriptions, none are fetched: they are a third of a first update's time.
    ///
    /// It is an option of this call: what the host's own settings say of languages stays, and so does what is there.
    static func withoutTranslations(in lists: String = lists) -> [String] {
        let kept = try? Folders.names(in: lists).contains { $0.contains("_i18n_Translation-") }
        return kept == false ? ["-o", "Acquire::Languages=none"] : []
    }

    static let lists = "/var/lib/apt/lists"

    /// Without this, lists that could not be fetched are a warning and exit code 0.
    private static let strict = ["-o", "APT::Update::Error-Mode=any"]

    /// Fetches the lists of one file of sources alone, when apt can read that file beside all others.
    static func fetchLists(
        of path: String, lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let all = try await run("/usr/bin/apt-get", ["indextargets"]) { _ in }
        guard all.exitCode == 0 else { return all }
        let alone = [
            "Dir::Etc::sourcelist=\(path)", "Dir::Etc::sourceparts=-", "APT::Get::List-Cleanup=false",
        ]
        let more: [String] = strict + withoutTranslations() + alone.flatMap { ["-o", $0] }
        let arguments = options(lockTimeout: lockTimeout) + more + ["update"]
        return try await run("/usr/bin/apt-get", arguments, progress)
    }

    static func install(
        _ names: [String], lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        for name in names where !isPackage(name) {
            throw .refused(
                what: "is no package's name", place: name,
                hint: "correct it in \"apt_packages\": NAME, NAME:ARCHITECTURE or NAME=VERSION")
        }
        for name in names where plainName(name).utf8.last == UInt8(ascii: "+") {
            // There are such packages; where there is none, apt takes the plus for a command of its own.
            let plain = plainName(name)
            let known = try await run("/usr/bin/apt-cache", ["pkgnames", "--", plain]) { _ in }
            guard known.output.byteLines.contains(where: { $0.hasSameBytes(as: plain) }) else {
                throw .refused(
                    what: "there is no package of that name", place: name, hint: "correct it in \"apt_packages\"")
            }
        }
        let arguments = options(lockTimeout: lockTimeout) + ["install", "--no-install-recommends", "--"] + names
        let answer = try await run("/usr/bin/apt-get", arguments, progress)
        sync()
        return answer
    }

    /// Installs package files, also over a newer version or another build of the same; refused when apt would remove others
    /// for them than these.
    static func install(
        files: [String], displacing: [String], lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let words =
            options(lockTimeout: lockTimeout)
            + ["--allow-downgrades", "--reinstall", "install", "--no-install-recommends", "--"] + files
        let (previewed, going) = try await simulate(words)
        guard previewed.exitCode == 0 else { return previewed }
        let strangers = going.filter { !AptSimulation.isAmong(displacing, $0) }
        guard strangers.isEmpty else {
            throw .refused(
                what: "\(strangers.joined(separator: ", ")) would be removed for it", place: "apt-get install",
                hint: "name it in \"absent\", too, if it may go")
        }
        try await refuseVital(among: going)
        let answer = try await run("/usr/bin/apt-get", words, progress)
        sync()
        return answer
    }

    /// Removes packages with their settings; refused when apt would remove others with them.
    static func purge(
        _ names: [String], lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        try await takeAway("purge", names, along: [], lockTimeout: lockTimeout, progress)
    }

    /// Removes packages and keeps their settings; refused when apt would remove others with them than `others`.
    static func remove(
        _ names: [String], along others: [String], lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        try await takeAway("remove", names, along: others, lockTimeout: lockTimeout, progress)
    }

    private static func takeAway(
        _ verb: String, _ names: [String], along others: [String], lockTimeout: Int,
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        for name in names where !isPackage(name) {
            throw .refused(what: "is no package's name", place: name, hint: "report this as a fault of host-bootstrap")
        }
        let words = options(lockTimeout: lockTimeout) + ["-o", "APT::Get::AutomaticRemove=false", verb, "--"] + names
        let (previewed, going) = try await simulate(words)
        guard previewed.exitCode == 0 else { return previewed }
        try await checkRemoval(of: going, previewed: names + others, "apt-get \(verb)")
        let answer = try await run("/usr/bin/apt-get", words, progress)
        sync()
        return answer
    }

    /// Refuses to let go what nobody foresaw, and what the host cannot be without.
    static func checkRemoval(
        of going: [String], previewed: [String], _ command: String
    ) async throws(PrivilegedError) {
        let strangers = going.filter { !AptSimulation.isAmong(previewed, $0) }
        guard strangers.isEmpty else {
            throw .refused(
                what: "\(strangers.joined(separator: ", ")) would be removed with them", place: command,
                hint: "\(command) -s shows why: remove by hand what may go")
        }
        try await refuseVital(among: going)
    }

    private static func refuseVital(among going: [String]) async throws(PrivilegedError) {
        let vital: [String]
        do throws(SystemCallError) { vital = try await VitalPackages.among(going) } catch {
            throw .failed(error.explanation)
        }
        guard vital.isEmpty else { throw .failed(VitalPackages.refusal(of: vital)) }
    }

    /// What apt would do, and all that it would remove: an answer's output is cut, and may not hold every line.
    private static func simulate(
        _ words: [String]
    ) async throws(PrivilegedError) -> (answer: HelperAnswer, removed: [String]) {
        let removed = Mutex<[String]>([])
        let answer = try await run("/usr/bin/apt-get", ["-s"] + words) { line in
            removed.withLock { $0 += AptSimulation.removed(line) }
        }
        return (answer, removed.withLock { $0 })
    }

    /// Says what dpkg is to do with packages that are there.
    static func select(
        _ selection: PackageSelection, _ names: [String], _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        for name in names where !isPackage(name) || name.utf8.contains(UInt8(ascii: "=")) {
            throw .refused(
                what: "is no package's name", place: name, hint: "correct it in \"hold\": NAME or NAME:ARCHITECTURE")
        }
        let verb = selection == .hold ? "hold" : "unhold"
        return try await run("/usr/bin/apt-mark", [verb, "--"] + names, progress)
    }

    /// Finishes what dpkg was cut off in; what another dpkg has in hand is not cut off, and is waited for.
    ///
    /// First what can be configured is; then what dpkg says must be reinstalled is, and dependencies that are missing
    /// come. Nothing is removed for it.
    static func repair(
        lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let deadline = ContinuousClock.now + .seconds(lockTimeout)
        var lastHolder: Int32 = 0
        while let holder = lockHolder(), ContinuousClock.now < deadline, !Task.isCancelled {
            if holder.process != lastHolder {
                progress("waiting for \(holder.name) (process \(holder.process)) before dpkg is repaired")
            }
            lastHolder = holder.process
            try? await Task.sleep(for: .seconds(1))
        }
        if Task.isCancelled { throw .cancelled }
        progress("dpkg --configure -a")
        _ = try await run("/usr/bin/dpkg", ["--force-confdef", "--force-confold", "--configure", "-a"], progress)
        if Task.isCancelled { throw .cancelled }
        let arguments = options(lockTimeout: lockTimeout) + ["--fix-broken", "--no-remove", "install"]
        // Dependencies that are missing come only when no package is named.
        progress("apt-get --fix-broken install")
        var answer = try await run("/usr/bin/apt-get", arguments, progress)
        let damaged = try await mustBeReinstalled()
        if !damaged.isEmpty, !Task.isCancelled {
            progress("apt-get --fix-broken install\(damaged.map { " \($0)" }.joined())")
            let again = arguments + ["--reinstall", "--no-install-recommends", "--"] + damaged
            answer = try await run("/usr/bin/apt-get", again, progress)
        }
        sync()
        return answer
    }

    /// Packages whose files may be incomplete: dpkg configures them no more, and apt does not see it by itself.
    private static func mustBeReinstalled() async throws(PrivilegedError) -> [String] {
        let format = "-f=${binary:Package} ${db:Status-Eflag}\n"
        let flagged = " reinstreq"
        let found = Mutex<[String]>([])
        do throws(SystemCallError) {
            _ = try await Subprocess.run(Command("/usr/bin/dpkg-query", ["-W", format])) { line in
                guard line.hasSuffix(flagged) else { return }
                found.withLock { $0.append(String(line.dropLast(flagged.utf8.count))) }
            }
        } catch {
            throw .failed(error.explanation)
        }
        return found.withLock { $0 }
    }

    static func clearPartialLists() async throws(PrivilegedError) {
        try await asRequest { () throws(SystemCallError) in
            let folder = "\(lists)/partial"
            for name in try Folders.names(in: folder) { try Files.remove("\(folder)/\(name)") }
        }
    }

    /// deb-control(5) and apt-get(8): a name, then perhaps `:ARCHITECTURE`, then perhaps `=VERSION`; never an option.
    static func isPackage(_ text: String) -> Bool {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        guard let first = name.utf8.first, isLowerOrDigit(first), name.utf8.count <= 200 else { return false }
        guard name.utf8.allSatisfy({ isLowerOrDigit($0) || "+-.:".utf8.contains($0) }) else { return false }
        // A trailing + or - would tell apt to do something else with the package.
        guard let last = name.utf8.last, last != UInt8(ascii: "-"), !name.hasSuffix(":"), !text.hasSuffix("-") else {
            return false
        }
        guard parts.count == 2 else { return true }
        return !parts[1].isEmpty
            && parts[1].utf8.allSatisfy { isLowerOrDigit($0 | 0x20) || "+-.:~".utf8.contains($0) }
    }

    /// Without architecture and version.
    private static func plainName(_ text: String) -> String { String(text.prefix { $0 != "=" && $0 != ":" }) }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func run(
        _ program: String, _ arguments: [String], _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let teller = Task { await tellLockHolder(progress) }
        defer { teller.cancel() }
        do throws(SystemCallError) {
            let command = Command(
                program, arguments, environment: environment.merging(proxies.withLock { $0 }, uniquingKeysWith: { $1 }))
            let result = try await Subprocess.run(command, onLine: progress)
            // Redacted before it is cut: of an address cut in two, the rest could not be told for what it is.
            let (output, errors) = (
                RevealedSecrets.hidden(in: result.output), RevealedSecrets.hidden(in: result.errors)
            )
            // An answer is one line, and a line of more than 64 KiB is cut: escaping makes six bytes of one at worst.
            return HelperAnswer(
                exitCode: result.exitCode, output: String(output.suffix(4096)), errors: String(errors.suffix(4096)))
        } catch {
            throw .failed(error.explanation)
        }
    }

    /// apt waits for the lock without saying for whom.
    private static func tellLockHolder(_ progress: @Sendable (String) -> Void) async {
        var lastHolder: Int32 = 0
        while !Task.isCancelled {
            if let holder = lockHolder(), holder.process != lastHolder, !holder.isApt {
                lastHolder = holder.process
                progress("waiting for the package lock, held by \(holder.name) (process \(holder.process))")
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private struct Holder {
        let process: Int32
        let name: String
        /// Our own apt-get, or what it started: in our own process tree.
        let isApt: Bool
    }

    private static func lockHolder() -> Holder? {
        guard let file = try? Descriptor.open(lockFile, O_RDWR) else { return nil }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(file.number, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid > 0 else { return nil }
        let name = ((try? Files.text("/proc/\(lock.l_pid)/comm")) ?? nil)?.split(separator: "\n").first ?? "?"
        return Holder(process: lock.l_pid, name: String(name), isApt: isDescendant(lock.l_pid))
    }

    private static func isDescendant(_ process: Int32) -> Bool {
        var process = process
        while process > 1 {
            if process == ProcessStart.processID { return true }
            let stat = ((try? Files.text("/proc/\(process)/stat")) ?? nil) ?? ""
            // The name in parentheses may hold anything; the parent is the second field behind it.
            guard let end = stat.lastIndex(of: ")") else { return false }
            process = stat[end...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) } ?? 0
        }
        return false
    }
}
