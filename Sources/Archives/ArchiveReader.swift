internal import CArchive
import Compression
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
    /// A file's length in bytes, when the archive tells it before the content.
    var size: Int64?
    /// When it was changed last, in nanoseconds since 1970.
    var modified: Int64?
}

/// Reads an archive's entries in order.
///
/// One thread, one owner.
struct ArchiveReader: ~Copyable {
    private let handle: OpaquePointer
    private let path: String
    private let feed: ArchiveFeed?
    private var current: OpaquePointer?
    private var currentName: String?

    /// Opens a tar that comes decompressed, or by libarchive's own bzip2.
    static func open(_ feed: ArchiveFeed, name: String) throws(ArchiveError) -> ArchiveReader {
        let reader = try ArchiveReader(name, feed)
        archive_read_support_format_tar(reader.handle)
        archive_read_support_filter_bzip2(reader.handle)
        let code = archive_read_open(
            reader.handle, Unmanaged.passUnretained(feed).toOpaque(), nil,
            { handle, context, bytes in
                guard let context else { return -1 }
                guard let next = Unmanaged<ArchiveFeed>.fromOpaque(context).takeUnretainedValue().next() else {
                    archive_set_error_text(handle, EIO, "no more bytes came")
                    return -1
                }
                bytes?.pointee = next.baseAddress
                return next.count
            }, nil)
        guard code == ARCHIVE_OK else { throw reader.failed() ?? .unreadable(path: name, reason: reader.reason) }
        return reader
    }

    /// Opens a zip that is there whole.
    static func open(zip path: String, name: String) throws(ArchiveError) -> ArchiveReader {
        let reader = try ArchiveReader(name, nil)
        // The reader that goes without the directory at the end takes a cut zip for a whole one.
        archive_read_support_format_zip_seekable(reader.handle)
        guard archive_read_open_filename(reader.handle, path, 1 << 18) == ARCHIVE_OK else {
            throw .unreadable(path: name, reason: reader.reason)
        }
        return reader
    }

    private init(_ path: String, _ feed: ArchiveFeed?) throws(ArchiveError) {
        guard let handle = archive_read_new() else {
            throw .disk(SystemCallError("archive_read_new", path, code: ENOMEM))
        }
        self.handle = handle
        self.path = path
        self.feed = feed
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
            feed?.drain()
            if let failure = failed() { throw failure }
            return nil
        }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw damage() }
        current = entry
        let name = try text(archive_entry_pathname(entry), "name")
        currentName = name
        return ArchiveEntry(
            path: name, kind: try kind(entry), mode: UInt32(archive_entry_perm(entry)) & 0o777,
            size: archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : nil,
            modified: archive_entry_mtime_is_set(entry) != 0 ? modified(entry) : nil)
    }

    private func modified(_ entry: OpaquePointer) -> Int64? {
        let seconds = Int64(archive_entry_mtime(entry)).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = seconds.partialValue.addingReportingOverflow(Int64(archive_entry_mtime_nsec(entry)))
        return seconds.overflow || sum.overflow ? nil : sum.partialValue
    }

    private func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ArchiveError) -> String {
        guard let pointer else {
            throw .refused(path: path, entry: currentName ?? "(no name)", reason: "its \(what) is empty or not UTF-8")
        }
        guard let text = String(validatingCString: pointer) else {
            throw .refused(path: path, entry: String(cString: pointer), reason: "its \(what) is not UTF-8")
        }
        return text
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

    /// Reads content that has exactly the buffer's length; false when it has another.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Bool {
        var done = 0
        while done < buffer.count {
            guard let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...])) else {
                return false
            }
            done += count
        }
        var more: UInt8 = 0
        return try withUnsafeMutableBytes(of: &more) { more throws(ArchiveError) in try read(into: more) } == nil
    }

    private func kind(_ entry: OpaquePointer) throws(ArchiveError) -> ArchiveEntry.Kind {
        if let target = archive_entry_hardlink(entry) { return .hardLink(target: try text(target, "target")) }
        switch archive_entry_filetype(entry) {
        case ARCHIVE_KIND_FILE: return .file
        case ARCHIVE_KIND_FOLDER: return .folder
        case ARCHIVE_KIND_LINK:
            return .link(target: try text(archive_entry_symlink(entry), "target"))
        default: return .special
        }
    }

    private func damage() -> ArchiveError {
        failed() ?? .damaged(path: path, entry: currentName, reason: reason)
    }

    /// What the feed says went wrong, which libarchive knows nothing of.
    private func failed() -> ArchiveError? {
        switch feed?.failure {
        case nil: nil
        case .tooLarge(let limit): .tooLarge(path: path, limit: limit)
        case .decompression(let error): ArchiveError(error, path: path, entry: currentName)
        }
    }

    private var reason: String { archive_error_string(handle).map { String(cString: $0) } ?? "unknown" }
}
