public import Compression
import Confinement
internal import Glibc
public import Platform

/// Unpacks an archive into an empty folder, each entry resolved beneath it by the kernel.
///
/// The archive may still be arriving. Decompressing, reading the archive, and making files go on side by side, on threads that
/// reach that folder only.
public struct Unpacker: Sendable {
    /// How much an archive may hold.
    public struct Limits: Sendable {
        /// Bytes of all files together; 4 GiB unless told otherwise.
        public var bytes: Int64
        /// Entries of any kind.
        public var entries = 1_000_000
        /// How many times its own size an archive of more than 64 MiB may unpack to; source code has about 5, logs 30.
        public var ratio = 200
        /// Whether it may hold symbolic and hard links.
        public var links = true
        /// Threads that make files.
        var writers = 2

        /// The usual limits, but for the bytes where these are given.
        public init(bytes: Int64 = 4 << 30) { self.bytes = bytes }
    }

    private let input: GrowingFile
    private let name: String
    private let folder: String
    private let strip: Int
    private let limits: Limits

    /// Prepares to unpack; `name` is what errors call the archive, `strip` how many leading parts of each path to drop.
    public init(
        _ input: GrowingFile, name: String, into folder: String, strip: Int = 0, limits: Limits = Limits()
    ) {
        self.input = input
        self.name = name
        self.folder = folder
        self.strip = strip
        self.limits = limits
    }

    /// Unpacks everything, and tells of all that it made, if `isWanted` says so of the archive's first entry.
    ///
    /// Blocks; interrupting the input stops it. When the bytes reach the disk is left to the kernel. Files are hashed as they
    /// are written if somebody is to be told. After an error the folder holds a part and is to be removed, and the input is of
    /// no more use.
    ///
    /// The answer is how often a file's path came again: what was told of it that often first counts no more.
    @discardableResult
    public func run(
        _ tell: UnpackedEntries?, isWanted: @escaping @Sendable (_ firstPath: PathBytes) -> Bool = { _ in true }
    ) throws(ArchiveError) -> [PathBytes: Int] {
        let tell = tell.map { Telling(tell: $0, isWanted: isWanted) }
        do throws(ArchiveError) {
            let format: CompressionFormat
            do throws(DecompressionError) { format = try CompressionFormat.of(input) } catch {
                throw ArchiveError(error, path: name)
            }
            // From here on the archive's bytes are believed in more and more, by the libraries that read them.
            let umask = try onDisk { () throws(SystemCallError) in try NewFile.umask() }
            let reach = FileReach(writing: folder, reading: [input.path])
            return try withConfinedThread(reach, ArchiveError.disk) { () throws(ArchiveError) in
                try onDisk { () throws(SystemCallError) in try SystemCallFilter.unpacking.applyToThread() }
                return format == .zip ? try unpackZip(umask, tell) : try unpackTar(format, umask, tell)
            }
        } catch {
            input.interrupt()
            throw error
        }
    }

    private func unpackTar(
        _ format: CompressionFormat, _ umask: UInt32, _ tell: Telling?
    ) throws(ArchiveError) -> [PathBytes: Int] {
        let input = input
        let decompression = try onDisk { () throws(SystemCallError) in try Decompression(input, format) }
        defer { decompression.end() }
        let feed = ArchiveFeed(decompression, of: input, limits: limits)
        return try extract(try ArchiveReader.open(feed, name: name), umask, tell)
    }

    /// A zip's directory lies at its end, so it must be there whole.
    private func unpackZip(_ umask: UInt32, _ tell: Telling?) throws(ArchiveError) -> [PathBytes: Int] {
        do throws(DecompressionError) { _ = try input.waitForEnd() } catch { throw ArchiveError(error, path: name) }
        return try extract(try ArchiveReader.open(zip: input.path, name: name, most: limits.entries), umask, tell)
    }

    private func extract(
        _ reader: consuming ArchiveReader, _ umask: UInt32, _ tell: Telling?
    ) throws(ArchiveError) -> [PathBytes: Int] {
        var reader = reader
        let target = try ExtractionTarget(
            archive: name, folder: folder, strip: strip, limits: limits, umask: umask, tell)
        while let entry = try reader.next() {
            if input.isInterrupted { throw .cancelled(path: name) }
            try target.extract(entry, &reader)
        }
        return try target.finish()
    }
}

/// Calls the disk, and makes its error an archive's.
func onDisk<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(ArchiveError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .disk(error) }
}

/// Who is told of what was made, if the first entry is of interest.
struct Telling: Sendable {
    let tell: UnpackedEntries
    let isWanted: @Sendable (_ firstPath: PathBytes) -> Bool
}
