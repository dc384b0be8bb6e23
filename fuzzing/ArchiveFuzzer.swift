import Archives
import Compression
import Glibc
import Platform
import Synchronization

/// Unpacks the given bytes as an archive and checks what the policy promises, whatever the bytes are.
@_cdecl("LLVMFuzzerTestOneInput")
public func unpackAnything(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    do {
        try Scratch.shared.unpack(input)
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// A folder in memory: `archive`, `out`, and `outside`, which is to stay as it is.
private struct Scratch {
    static let shared = Scratch()

    let top = "/dev/shm/host-bootstrap-fuzzing-\(getpid())"
    var archive: String { "\(top)/archive" }
    var out: String { "\(top)/out" }

    init() {
        ProcessStart.prepare()
        for name in ["out", "outside"] { try? Folders.make("\(top)/\(name)") }
        atexit { try? Folders.removeTree("/dev/shm/host-bootstrap-fuzzing-\(getpid())") }
    }

    func unpack(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            let file = try Descriptor.open(archive, O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(bytes, path: archive)
        }
        var limits = Unpacker.Limits()
        limits.bytes = 4 << 20
        limits.entries = 100
        let told = Mutex<[UnpackedEntry]>([])
        do throws(ArchiveError) {
            let unpacker = Unpacker(try complete(), name: "fuzzed", into: out, limits: limits)
            let replaced = try unpacker.run { entries in told.withLock { $0 += entries } }
            check(told.withLock { $0 }, replaced)
        } catch {
            precondition(!error.explanation.problem.isEmpty && !error.explanation.hint.isEmpty)
        }
        let (beside, outside) = (try Folders.names(in: top), try Folders.names(in: "\(top)/outside"))
        precondition(beside == ["archive", "out", "outside"] && outside.isEmpty)
        try Folders.removeTree(out)
        try Folders.make(out)
    }

    private func complete() throws(ArchiveError) -> GrowingFile {
        do throws(SystemCallError) { return try GrowingFile.complete(archive) } catch { throw .disk(error) }
    }

    /// What was told last of each path is there, of its kind, and links lead nowhere outside.
    private func check(_ told: [UnpackedEntry], _ replaced: [PathBytes: Int]) {
        let entries = told.enumerated().filter { index, entry in
            let before = told[..<index].count { $0.path == entry.path }
            return before >= replaced[entry.path, default: 0]
        }.map(\.element)
        precondition(told.count <= 100 && Set(entries.map(\.path)).count == entries.count)
        for entry in entries {
            let full = PathBytes(out).appending(entry.path)
            guard let status = try? FileStatus.of(full) else { preconditionFailure(entry.path.shown) }
            switch (entry.kind, status.kind) {
            case (.file(let size, _), .file): precondition(status.size == size && entry.mode & 0o7000 == 0)
            case (.folder, .folder): precondition(entry.mode & 0o7000 == 0)
            case (.link(let target), .link):
                precondition(!target.isAbsolute)
                _ = full.call { path in
                    guard let end = realpath(path, nil) else { return 0 }
                    precondition(String(cString: end).hasPrefix(out))
                    free(end)
                    return 0
                }
            default: preconditionFailure(entry.path.shown)
            }
        }
    }
}
