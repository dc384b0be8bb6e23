public import Digests
internal import Glibc
import Platform

/// Package files that apt installs together, each from a copy of root's own that is what its digest says.
public struct PackageFiles: Sendable, Codable, Equatable {
    struct File: Sendable, Codable, Equatable {
        /// Where whoever asks has put it.
        let path: String
        /// SHA-256 in hexadecimal digits.
        let sha256: String

        /// Where its copy is; a name of no letters but those that a digest has.
        func copy(in folder: String) -> String { "\(folder)/\(sha256.lowercased()).deb" }
    }

    let files: [File]
    /// Packages that may go to make room for them.
    let displacing: [String]

    /// Where the copies are while apt is at work.
    static let folder = "\(PackageFiles.place)/packages"
    /// The folder of this program's that it is in.
    public static let place = "/var/lib/host-bootstrap"
    private static let largest = 8 << 30

    /// Takes files with their digests, and the packages that may go for them.
    public init(_ files: [(path: String, digest: Digest)], displacing: [String]) {
        self.files = files.map { File(path: $0.path, sha256: $0.digest.hex) }
        self.displacing = displacing
    }

    /// Copies them, looks at the copies alone, and has apt install them with what they need.
    func install(
        lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        try check()
        try await RootFile.makeFolder(
            for: "\(Self.folder)/x",
            hint: "namei -l \(ShellWord.plain(Self.folder)) shows it; as root: chown root: and chmod go-w there")
        let turn: Descriptor
        do throws(SystemCallError) { turn = try Descriptor.open(Self.place, O_RDONLY | O_DIRECTORY) } catch {
            throw .failed(error.explanation)
        }
        try await Self.wait(for: turn, .seconds(min(max(lockTimeout, 0), 86_400)))
        let result = await installed(lockTimeout: lockTimeout, progress)
        _ = consume turn
        return try result.get()
    }

    /// One at a time: what another has copied is not cleared away while apt is at it.
    private static func wait(for turn: borrowing Descriptor, _ patience: Duration) async throws(PrivilegedError) {
        let deadline = ContinuousClock.now + patience
        while true {
            do throws(SystemCallError) { if try turn.tryLock(path: place) { return } } catch {
                throw .failed(error.explanation)
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                throw .refused(
                    what: "another run is installing package files", place: place,
                    hint: "see which: ps -ef | grep host-bootstrap; run again when it has ended")
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Leaves no copy, however it ends.
    private func installed(
        lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async -> Result<HelperAnswer, PrivilegedError> {
        let result: Result<HelperAnswer, PrivilegedError>
        do throws(PrivilegedError) {
            let copies = try await copied()
            for (file, copy) in zip(files, copies) {
                let fields = try await PackageFields.of(copy, at: file.path)
                progress("installing \(fields.name) \(fields.version) from a file")
            }
            result = .success(
                try await Apt.install(files: copies, displacing: displacing, lockTimeout: lockTimeout, progress))
        } catch {
            result = .failure(error)
        }
        try? await asRequest(beneath: [Self.place]) { () throws(SystemCallError) in
            try Self.clear()
            try Folders.removeIfEmpty(Self.folder)
        }
        return result
    }

    /// Nothing of it may be more than it says.
    private func check() throws(PrivilegedError) {
        for file in files {
            guard Digest(hex: file.sha256)?.algorithm == .sha256, file.path.hasFirstBytes("/") else {
                throw .refused(
                    what: "it is no file with its SHA-256", place: file.path,
                    hint: "report this as a fault of host-bootstrap")
            }
        }
        for name in displacing where !Apt.isPackage(name) {
            throw .refused(what: "is no package's name", place: name, hint: "correct it in \"absent\"")
        }
    }

    // MARK: Copies

    /// The copies' paths; what a helper that was killed has left goes first.
    private func copied() async throws(PrivilegedError) -> [String] {
        let (files, caller) = (files, CallersFile.caller)
        let wrong = try await asRequest(beneath: [Self.folder]) { () throws(SystemCallError) -> File? in
            try Self.clear()
            for file in files where try !Self.copy(file, into: Self.folder, for: caller) { return file }
            return nil
        }
        if let wrong {
            throw .refused(
                what: "it is not the file that has SHA-256 \(wrong.sha256)", place: wrong.path, hint: "run again")
        }
        return files.map { $0.copy(in: Self.folder) }
    }

    private static func clear() throws(SystemCallError) {
        for name in try Folders.names(in: folder) { try Files.remove("\(folder)/\(name)") }
    }

    /// Hashes what it writes: whatever becomes of the original, the copy is what its digest says, or this is false.
    static func copy(_ file: File, into folder: String, for caller: uid_t) throws(SystemCallError) -> Bool {
        let source = try CallersFile.open(file.path, for: caller)
        let path = file.copy(in: folder)
        // apt reads it as a user of its own, too.
        let copy = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
        var hasher = DigestHasher(.sha256)
        var left = largest
        try source.forEachPiece(path: file.path) { (piece) throws(SystemCallError) in
            left -= piece.count
            guard left >= 0 else { throw SystemCallError("read", file.path, code: EFBIG) }
            hasher.update(piece)
            try copy.write(piece, path: path)
        }
        return hasher.finish() == Digest(hex: file.sha256)
    }
}
