internal import CArchive
import Compression
internal import Glibc
import Platform

/// Reads an archive's entries in order.
///
/// One thread, one owner.
struct ArchiveReader: ~Copyable {
    private let handle: OpaquePointer
    private let path: String
    private let feed: ArchiveFeed?
    /// A zip's own.
    private let directory: ZipDirectory?
    private var currentName: PathBytes?

    /// Opens a tar that comes decompressed, or by libarchive's own bzip2.
    static func open(_ feed: ArchiveFeed, name: String) throws(ArchiveError) -> ArchiveReader {
        let reader = try make(name, feed, nil)
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
    static func open(zip path: String, name: String, most entries: Int) throws(ArchiveError) -> ArchiveReader {
        let reader = try make(name, nil, ZipDirectory.open(path, name: name, most: entries))
        // The reader that goes without the directory at the end takes a cut zip for a whole one.
        archive_read_support_format_zip_seekable(reader.handle)
        guard archive_read_open_filename(reader.handle, path, 1 << 18) == ARCHIVE_OK else {
            throw .unreadable(path: name, reason: reader.reason)
        }
        return reader
    }

    private static func make(
        _ name: String, _ feed: ArchiveFeed?, _ directory: ZipDirectory?
    ) throws(ArchiveError) -> ArchiveReader {
        guard let handle = archive_read_new() else {
            throw .disk(SystemCallError("archive_read_new", name, code: ENOMEM))
        }
        return ArchiveReader(handle, name, feed, directory)
    }

    private init(
        _ handle: OpaquePointer, _ path: String, _ feed: ArchiveFeed?, _ directory: ZipDirectory?
    ) {
        self.handle = handle
        self.path = path
        self.feed = feed
        self.directory = directory
    }

    deinit { archive_read_free(handle) }

    /// The next entry; nil at the end.
    ///
    /// Everything but OK, WARN and the end is damage, and would come again for ever.
    mutating func next() throws(ArchiveError) -> ArchiveEntry? {
        let locale = archive_plain_names_begin()
        defer { archive_plain_names_end(locale) }
        var entry: OpaquePointer?
        let code = archive_read_next_header(handle, &entry)
        if code == ARCHIVE_EOF {
            try checkEnd()
            feed?.drain()
            if let failure = failed() { throw failure }
            return nil
        }
        if code != ARCHIVE_FATAL { try directory?.advance() }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw try damage(code) }
        let name = try name(entry)
        currentName = name
        if archive_entry_is_encrypted(entry) != 0 {
            throw .unsupported(
                path: path, entry: name.shown, what: "it is encrypted", remedy: "pack it without a password")
        }
        return ArchiveEntry(
            path: name, kind: try kind(entry), mode: UInt32(archive_entry_perm(entry)) & 0o777,
            size: archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : nil,
            modified: archive_entry_mtime_is_set(entry) != 0 ? modified(entry) : nil)
    }

    private func name(_ entry: OpaquePointer) throws(ArchiveError) -> PathBytes {
        if let name = archive_entry_pathname(entry) { return PathBytes(cString: name) }
        guard let name = try directory?.entryName(), !name.bytes.isEmpty else {
            throw .refused(path: path, entry: "(no name)", reason: "its name is empty")
        }
        return name
    }

    private func modified(_ entry: OpaquePointer) -> Int64? {
        let seconds = Int64(archive_entry_mtime(entry)).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = seconds.partialValue.addingReportingOverflow(Int64(archive_entry_mtime_nsec(entry)))
        return seconds.overflow || sum.overflow ? nil : sum.partialValue
    }

    /// A tar ends with a block of zeros; libarchive takes one that was cut between two entries for whole.
    private func checkEnd() throws(ArchiveError) {
        try directory?.checkEnd()
        let isTar = archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR
        guard isTar, archive_filter_bytes(handle, 0) <= archive_read_header_position(handle) else { return }
        throw .damaged(path: path, entry: currentName?.shown, reason: "it is cut off behind this entry")
    }

    /// The next piece of the entry's content, sparse gaps included as zeros; nil at its end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int? {
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw try damage(Int32(clamping: count)) }
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
        if let target = archive_entry_hardlink(entry) { return .hardLink(target: PathBytes(cString: target)) }
        switch archive_entry_filetype(entry) {
        // In a zip a slash at the end is what makes a folder.
        case ARCHIVE_KIND_FILE: return directory != nil && currentName?.bytes.last == 0x2f ? .folder : .file
        case ARCHIVE_KIND_FOLDER: return .folder
        case ARCHIVE_KIND_LINK:
            // An empty target is refused where it would land.
            return .link(target: archive_entry_symlink(entry).map { PathBytes(cString: $0) } ?? "")
        default: return .special
        }
    }

    private func damage(_ code: Int32) throws(ArchiveError) -> ArchiveError {
        if let failure = failed() { return failure }
        // What libarchive failed at without being lost: it does not know the method.
        if code == ARCHIVE_FAILED, let method = try directory?.unusualMethod() {
            return .unsupported(
                path: path, entry: try directory?.entryName().shown,
                what: "it is packed by \(method)",
                remedy: "pack it by Deflate, as zip -r and 7z a -mm=Deflate do, or as tar.zst, tar.xz or tar.gz")
        }
        return .damaged(path: path, entry: currentName?.shown, reason: reason)
    }

    /// What the feed says went wrong, which libarchive knows nothing of.
    private func failed() -> ArchiveError? {
        switch feed?.failure {
        case nil: nil
        case .tooLarge(let limit): .tooLarge(path: path, limit: limit)
        case .tooDense(let ratio): .tooDense(path: path, ratio: ratio)
        case .decompression(let error): ArchiveError(error, path: path, entry: currentName?.shown)
        }
    }

    private var reason: String { archive_error_string(handle).map { String(cString: $0) } ?? "unknown" }
}
