internal import Compression
internal import Glibc
internal import Platform

/// The compressed forms of an agent's binary, made once, when it is added: `FILE.xz` and `FILE.gz` beside `FILE`.
///
/// They bear no digest: the host compares that of what comes out of them.
struct CompressedForms {
    private let content: XZEncoder.Content
    private let staging: String

    /// For code of a machine; what is half-done lies in a folder on the artifacts' file system.
    init(of machine: ElfMachine, in staging: String) {
        content = machine == .x86_64 ? .x86Code : .anything
        self.staging = staging
    }

    /// Puts both beside a file, each whole or not at all.
    ///
    /// Blocks, for some seconds with a file of 30 MB; `.gz` is soon made, and not told of.
    func publish(_ file: String, size: Int64, _ notes: IntakeNotes) throws(SystemCallError) {
        try replace("\(file).gz") { (sink) throws(SystemCallError) in
            let encoder = try GzipEncoder(sink)
            try Descriptor.open(file, O_RDONLY).forEachPiece(path: file, encoder.write)
            try encoder.finish()
        }
        try replace("\(file).xz") { (sink) throws(SystemCallError) in
            let encoder = try XZEncoder(of: content, sink)
            func tell() { notes(encoder.through, size, "compressing") }
            try Descriptor.open(file, O_RDONLY).forEachPiece(path: file) { (piece) throws(SystemCallError) in
                try encoder.write(piece)
                tell()
            }
            try encoder.finish(tell: tell)
        }
    }

    private typealias Sink = (UnsafeRawBufferPointer) throws(SystemCallError) -> Void

    private func replace(
        _ target: String, with compress: (@escaping Sink) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        let staged = "\(staging)/\(UInt64.random(in: 0 ... .max))"
        do throws(SystemCallError) {
            let output = OpenFile(try Descriptor.open(staged, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644))
            try compress { (piece) throws(SystemCallError) in try output.descriptor.write(piece, path: staged) }
            try output.descriptor.synchronize(path: staged)
            try Files.rename(staged, to: target)
            try Files.synchronizeFolder(Files.folder(of: target))
        } catch {
            try? Files.remove(staged)
            throw error
        }
    }
}
