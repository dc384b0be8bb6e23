internal import Glibc
internal import Platform

/// A file of a config's own in one of the places for them.
public struct HostFile: Sendable, Codable, Equatable {
    let path: String
    let content: [UInt8]
    let mode: UInt32
    let owner: String, group: String?

    /// Takes where it lies, what it holds, its permission bits, and the names of its user and group; no group: the user's own.
    public init(path: String, content: [UInt8], mode: UInt32, owner: String, group: String?) {
        (self.path, self.content, self.mode, self.owner, self.group) = (path, content, mode, owner, group)
    }

    /// Writes it whole or not at all, and has what reads it take it up; when that fails, what was there before is put back, so
    /// that the next run tries again.
    func put() async throws(PrivilegedError) {
        let place = try check()
        let account = try await account(owner)
        let group = try await groupNumber() ?? account.group
        if place == .service {
            try await RootFile.refuseForeignFolder(for: path, hint: "give the unit that it is for another name")
        }
        try await RootFile.makeFolder(
            for: path,
            hint:
                "namei -l \(ShellWord.plain(Files.folder(of: path))) shows it; as root: chown root: and chmod go-w there"
        )
        try await TriedFile(path: path, content: content, mode: mode, owner: (account.user, group)).put {
            () async throws(PrivilegedError) in
            try await takeUp(place)
            return ((), true)
        }
    }

    /// The place, when all about it is as it may be.
    @discardableResult
    func check() throws(PrivilegedError) -> FilePlace {
        guard let place = FilePlace(of: path) else {
            throw .refused(
                what: "no file of a config's lies there", place: path, hint: "name another \"path\" in \"files\"")
        }
        guard FilePlace.isMode(mode), content.count <= 128 << 10 else {
            throw .refused(
                what: "it would be too long, or others might write it", place: path, hint: "report this as a fault")
        }
        return place
    }

    private func groupNumber() async throws(PrivilegedError) -> UInt32? {
        guard let group else { return nil }
        let number: UInt32?
        do throws(SystemCallError) { number = try await Account.group(group) } catch {
            throw .failed(error.explanation)
        }
        guard let number else {
            throw .refused(
                what: "there is no group \(group)", place: path,
                hint: "name it in \"users\", or: sudo groupadd \(ShellWord.plain(group))")
        }
        return number
    }

    /// The programs of systemd that do the same at each boot, for this one file.
    ///
    /// Every other reader looks when it next runs.
    private func takeUp(_ place: FilePlace) async throws(PrivilegedError) {
        let result: CommandResult
        switch place {
        case .kernelSettings: result = try await run("/usr/lib/systemd/systemd-sysctl", [path])
        case .temporaryFiles: result = try await run("/usr/bin/systemd-tmpfiles", ["--create", path])
        case .modules: result = try await run("/usr/lib/systemd/systemd-modules-load", [path])
        case .moduleOptions, .journal, .logRotation, .containers, .programs, .administratorPrograms, .helpers,
            .service:
            return
        }
        guard !result.succeeded else { return }
        // Its words may hold a line of the file, which may be a secret.
        throw .failed(
            Explanation(
                "its reader does not take it (exit code \(result.exitCode))", at: path,
                hint: "correct it in \"files\"; what was there before was put back"))
    }

    private func run(_ program: String, _ arguments: [String]) async throws(PrivilegedError) -> CommandResult {
        do throws(SystemCallError) {
            return try await Subprocess.run(Command(program, arguments), timeout: .seconds(60))
        } catch {
            throw .failed(error.explanation)
        }
    }
}
