internal import CArchive
internal import Glibc
public import Platform

/// Writes a tar that unpacks everywhere the same: ustar where that is enough, pax where not, owned by nobody in particular.
///
/// One thread, one owner. Only what the unpacker takes is written.
public final class TarWriter {
    /// What may be written.
    public enum Kind: Sendable {
        /// A file with so many bytes.
        case file(size: Int64)
        /// A folder.
        case folder
        /// A symbolic link.
        case link(target: PathBytes)
    }

    private let handle: OpaquePointer
    private let name: String
    private let policy: ExtractionPolicy
    private let sink: (UnsafeRawBufferPointer) throws(SystemCallError) -> Void
    private var failure: SystemCallError?

    /// Begins an archive that errors call by this name; what is written goes to the sink piece by piece.
    public init(
        _ name: String, _ sink: @escaping (UnsafeRawBufferPointer) throws(SystemCallError) -> Void
    ) throws(ArchiveError) {
        guard let handle = archive_write_new() else {
            throw .disk(SystemCallError("archive_write_new", name, code: ENOMEM))
        }
        self.handle = handle
        self.name = name
        self.sink = sink
        policy = ExtractionPolicy(archive: name, strip: 0)
        archive_write_set_format_pax_restricted(handle)
        archive_write_add_filter_none(handle)
        archive_write_set_bytes_per_block(handle, 1 << 18)
        archive_write_set_bytes_in_last_block(handle, 1)
        let code = archive_write_open(
            handle, Unmanaged.passUnretained(self).toOpaque(), nil,
            { _, context, bytes, count in
                guard let context else { return -1 }
                let writer = Unmanaged<TarWriter>.fromOpaque(context).takeUnretainedValue()
                return writer.pass(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : -1
            }, nil)
        guard code == ARCHIVE_OK else { throw .disk(SystemCallError("archive_write_open", name, code: EIO)) }
    }

    deinit { archive_write_free(handle) }

    /// Begins an entry; a file's content is to follow, of exactly the size that is named.
    ///
    /// `modified` is in nanoseconds since 1970; fractions of a second are dropped.
    public func begin(_ path: PathBytes, _ kind: Kind, mode: UInt32, modified: Int64) throws(ArchiveError) {
        let entry = ArchiveEntry(path: path, kind: .file, mode: mode)
        let parts = try policy.parts(of: entry)
        if case .link(let target) = kind { try policy.checkLink(target, from: parts, entry) }
        guard let head = archive_entry_new() else {
            throw .disk(SystemCallError("archive_entry_new", name, code: ENOMEM))
        }
        defer { archive_entry_free(head) }
        setText(path) { archive_entry_set_pathname(head, $0) }
        switch kind {
        case .file(let size):
            archive_entry_set_filetype(head, ARCHIVE_KIND_FILE)
            archive_entry_set_size(head, size)
        case .folder: archive_entry_set_filetype(head, ARCHIVE_KIND_FOLDER)
        case .link(let target):
            archive_entry_set_filetype(head, ARCHIVE_KIND_LINK)
            setText(target) { archive_entry_set_symlink(head, $0) }
        }
        archive_entry_set_perm(head, mode_t(mode & 0o777))
        archive_entry_set_mtime(head, time_t(modified / 1_000_000_000), 0)
        try check(archive_write_header(handle, head), path.shown)
    }

    /// Adds to the content of the file that was begun last.
    public func write(_ bytes: UnsafeRawBufferPointer, of path: PathBytes) throws(ArchiveError) {
        guard archive_write_data(handle, bytes.baseAddress, bytes.count) == bytes.count else {
            throw failed(path.shown)
        }
    }

    /// Ends the archive.
    public func finish() throws(ArchiveError) { try check(archive_write_close(handle), name) }

    /// libarchive copies the text.
    private func setText(_ text: PathBytes, _ body: (UnsafePointer<CChar>) -> Void) {
        _ = text.call {
            body($0)
            return 0
        }
    }

    private func pass(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(SystemCallError) {
            try sink(bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }

    private func check(_ code: Int32, _ path: String) throws(ArchiveError) {
        guard code == ARCHIVE_OK else { throw failed(path) }
    }

    private func failed(_ path: String) -> ArchiveError {
        if let failure { return .disk(failure) }
        let words = archive_error_string(handle).map { String(cString: $0) } ?? "it cannot be written"
        return .refused(path: name, entry: path, reason: words)
    }
}
