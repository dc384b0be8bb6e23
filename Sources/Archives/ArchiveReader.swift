internal import CArchive
internal import Glibc
import Platform

/// One entry's head, all of it copied out of libarchive.
struct ArchiveEntry {
    enum Kind: Equatable {
        case file, folder
        case link(target: String)
        case hardLink(target: String)
        /// A device, fifo or socket.
        case special
    }

    let path: String
    let kind: Kind
    /// Permission bits, set-id and sticky bits not among them.
    let mode: UInt32
}

/// Reads an archive's entries in order.
///
/// One thread, one owner.
struct ArchiveReader: ~Copyable {
    private let handle: OpaquePointer
    private let path: String
    private var current: OpaquePointer?
    private var currentName: String?

    static func open(_ path: String) throws(ArchiveError) -> ArchiveReader {
        guard let handle = archive_read_new() else {
            throw .disk(SystemCallError("archive_read_new", path, code: ENOMEM))
        }
        let reader = ArchiveReader(handle: handle, path: path)
        archive_read_support_format_tar(handle)
        // The reader that goes without the directory at the end takes a cut zip for a whole one.
        archive_read_support_format_zip_seekable(handle)
        archive_read_support_filter_gzip(handle)
        archive_read_support_filter_xz(handle)
        archive_read_support_filter_bzip2(handle)
        archive_read_support_filter_zstd(handle)
        guard archive_read_open_filename(handle, path, 1 << 18) == ARCHIVE_OK else {
            throw .unreadable(path: path, reason: reader.reason)
        }
        return reader
    }

    private init(handle: OpaquePointer, path: String) {
        self.handle = handle
        self.path = path
    }

    deinit { archive_read_free(handle) }

    /// The next entry; nil at the end.
    ///
    /// Everything but OK, WARN and the end is damage, and would come again for ever.
    mutating func next() throws(ArchiveError) -> ArchiveEntry? {
        var entry: OpaquePointer?
        let code = archive_read_next_header(handle, &entry)
        if code == ARCHIVE_EOF {
            try checkEnd()
            return nil
        }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw damage() }
        current = entry
        guard let name = archive_entry_pathname(entry) else {
            throw .refused(path: path, entry: "(no name)", reason: "its name is empty or not UTF-8")
        }
        currentName = String(cString: name)
        return ArchiveEntry(
            path: String(cString: name), kind: kind(entry), mode: UInt32(archive_entry_perm(entry)) & 0o777)
    }

    /// A tar ends with a block of zeros; libarchive takes one that was cut between two entries for whole.
    private func checkEnd() throws(ArchiveError) {
        let isTar = archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR
        guard isTar, archive_filter_bytes(handle, 0) <= archive_read_header_position(handle) else { return }
        throw .damaged(path: path, entry: currentName, reason: "it is cut off behind this entry")
    }

    /// The next piece of the entry's content, sparse gaps included as zeros; nil at its end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int? {
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw damage() }
        return count == 0 ? nil : count
    }

    private func kind(_ entry: OpaquePointer) -> ArchiveEntry.Kind {
        if let target = archive_entry_hardlink(entry) { return .hardLink(target: String(cString: target)) }
        switch archive_entry_filetype(entry) {
        case ARCHIVE_KIND_FILE: return .file
        case ARCHIVE_KIND_FOLDER: return .folder
        case ARCHIVE_KIND_LINK:
            guard let target = archive_entry_symlink(entry) else { return .special }
            return .link(target: String(cString: target))
        default: return .special
        }
    }

    private func damage() -> ArchiveError { .damaged(path: path, entry: currentName, reason: reason) }

    private var reason: String { archive_error_string(handle).map { String(cString: $0) } ?? "unknown" }
}
