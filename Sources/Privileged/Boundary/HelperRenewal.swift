import Digests
internal import Glibc
import Platform

/// Another version of the program behind the closed door, which the bootstrap user brings.
///
/// It is taken when one of root's keys has signed it, for this kind of machine, and nothing newer was there before.
struct HelperRenewal: Sendable {
    /// Where the program lies; anybody may own that.
    let path: String
    /// The text of minisign's signature of it.
    let signature: String
    /// Who asks.
    var caller = CallersFile.caller
    var program = ClosedDoor.program, keys = ClosedDoor.keys, record = ClosedDoor.version

    private static let largest = 256 << 20

    /// Why it is not taken.
    private enum Refusal: Sendable {
        case unsigned, otherThing, wrong, noProgram, busy
        case unknownKey(String), otherMachine(String), older(String)
    }

    /// Puts it in the place of the one that is there, whole or not at all.
    func take() async throws(PrivilegedError) {
        let renewal = self
        let folders = [Files.folder(of: program), Files.folder(of: record)]
        let refusal = try await asRequest(beneath: folders) { () throws(SystemCallError) in try renewal.attempt() }
        guard let refusal else { return }
        throw .refused(
            what: words(refusal), place: path,
            hint: "as root, from a file that only root can change: host-bootstrap install-helper --user USER")
    }

    /// One at a time, and none while root installs: what was looked at must hold until it is written.
    private func attempt() throws(SystemCallError) -> Refusal? {
        let folder = Files.folder(of: record)
        let lock = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
        guard try lock.tryLock(path: folder) else { return .busy }
        let refusal = try exchange()
        _ = consume lock
        return refusal
    }

    private func exchange() throws(SystemCallError) -> Refusal? {
        guard let signature = Minisign.Signature(signature) else { return .unsigned }
        guard let release = ProgramRelease(signature.trustedComment) else { return .otherThing }
        guard let key = try trustedKeys().first(where: { $0.id == signature.keyID }) else {
            return .unknownKey("\(signature.keyID)")
        }
        // Read once: what is looked at is what is written.
        let bytes = try read()
        let message = signature.method == .prehashed ? Digest.of(bytes, .blake2b512).bytes : bytes
        guard signature.isValid(of: message, by: key) else { return .wrong }
        // A comment is soon signed for another file, too.
        guard ElfMachine(head: bytes)?.rawValue == release.machine else { return .noProgram }
        guard release.machine == OperatingSystem.machine else { return .otherMachine(release.machine) }
        if let last = try Files.firstLine(record).flatMap({ ProgramVersion($0[...]) }), release.version < last {
            return .older("\(last)")
        }
        // Before the program: cut off in between, what is there is older, and is not taken again.
        try Files.replace(record, with: Array("\(release.version)\n".utf8), mode: 0o644, owner: (0, 0))
        try Files.replace(program, with: bytes, mode: 0o755, owner: (0, 0))
        return nil
    }

    private func words(_ refusal: Refusal) -> String {
        switch refusal {
        case .unsigned: "it comes with no signature of minisign's"
        case .otherThing: "what is signed is no release of host-bootstrap"
        case .noProgram: "it is no program for the machine that its signature names"
        case .busy: "the program is being replaced already"
        case .wrong: "its signature does not fit it"
        case .unknownKey(let key): "it is signed with the key \(key), which is not among root's in \(keys)"
        case .otherMachine(let machine): "it is for \(machine)"
        case .older(let last): "it is older than \(last), which was here"
        }
    }

    private func read() throws(SystemCallError) -> [UInt8] {
        let file = try CallersFile.open(path, for: caller)
        guard let bytes = try file.readAll(limit: Self.largest, path: path) else {
            throw SystemCallError("read", path, code: EFBIG)
        }
        return bytes
    }

    /// The keys in root's folder; what others than root may write is nobody's.
    private func trustedKeys() throws(SystemCallError) -> [Minisign.PublicKey] {
        guard try RootFile.shared(keys) == nil else { return [] }
        var found: [Minisign.PublicKey] = []
        for name in try Folders.names(in: keys) where name.hasSuffix(".pub") {
            let path = "\(keys)/\(name)"
            guard let status = try FileStatus.of(path), status.kind == .file, status.owner == 0,
                status.mode & 0o022 == 0
            else { continue }
            found += (try Files.text(path) ?? "").byteLines.compactMap { Minisign.PublicKey(String($0)) }
        }
        return found
    }
}
