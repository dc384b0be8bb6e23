internal import Digests
internal import Glibc
internal import Platform

/// What is told while a file is taken in: through how many bytes, of how many, which work is.
public typealias IntakeNotes = @Sendable (_ through: Int64, _ whole: Int64, _ work: String) -> Void

/// Copies files into the artifacts folder: whole or not at all, on the disk, with a `.sha256` file beside each, and beside a
/// binary its compressed forms, which the stub asks for first.
struct ArtifactIntake {
    let folder: HubFolder

    /// Takes a file under a name below the artifacts folder, chosen once its content is known.
    func take(
        _ source: String, machine: ElfMachine?, _ notes: IntakeNotes, path: (Digest) -> String
    ) throws(SystemCallError) -> Artifact {
        try Folders.make(folder.staging, mode: 0o700)
        let staged = "\(folder.staging)/\(UInt64.random(in: 0 ... .max))"
        do throws(SystemCallError) {
            let digest = try copy(source, to: staged, notes)
            let path = path(digest)
            let target = "\(folder.artifacts)/\(path)"
            try Folders.make(Files.folder(of: target))
            try Files.rename(staged, to: target)
            try Files.synchronizeFolder(Files.folder(of: target))
            let status = try FileStatus.of(Descriptor.open(target, O_RDONLY), path: target)
            if let machine {
                try CompressedForms(of: machine, in: folder.staging).publish(target, size: status.size, notes)
            }
            let name = Files.name(of: target)
            let line = "\(digest.hex)  \(name)\nSIZE (\(name)) = \(status.size)\n"
            try Files.replace("\(target).sha256", with: Array(line.utf8), mode: 0o644)
            return Artifact(
                path: path, digest: digest, size: status.size, modified: status.modified, machine: machine)
        } catch {
            try? Files.remove(staged)
            throw error
        }
    }

    private func copy(
        _ source: String, to target: String, _ notes: IntakeNotes
    ) throws(SystemCallError) -> Digest {
        let from = try Descriptor.open(source, O_RDONLY)
        let status = try FileStatus.of(from, path: source)
        guard status.kind == .file else {
            throw SystemCallError("read", source, code: EISDIR)
        }
        let to = try Descriptor.open(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        var hasher = DigestHasher(), copied: Int64 = 0
        try from.forEachPiece(path: source) { (piece) throws(SystemCallError) in
            hasher.update(piece)
            try to.write(piece, path: target)
            copied += Int64(piece.count)
            notes(copied, status.size, "copying")
        }
        try to.synchronize(path: target)
        return hasher.finish()
    }
}
