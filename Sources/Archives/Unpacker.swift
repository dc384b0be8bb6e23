internal import Glibc
import Platform

/// Unpacks an archive into an empty folder, each entry resolved beneath it by the kernel.
///
/// A name once taken is not taken again: which of two entries should win would be the attacker's choice.
public struct Unpacker: Sendable {
    /// How much an archive may hold.
    public struct Limits: Sendable {
        /// Bytes of all files together; 4 GiB unless told otherwise.
        public var bytes: Int64 = 4 << 30
        /// Entries of any kind.
        public var entries = 1_000_000

        /// The usual limits.
        public init() {}
    }

    private let archive: String
    private let folder: String
    private let strip: Int
    private let limits: Limits

    /// Prepares to unpack; `strip` is how many leading parts of each path to drop.
    public init(_ archive: String, into folder: String, strip: Int = 0, limits: Limits = Limits()) {
        self.archive = archive
        self.folder = folder
        self.strip = strip
        self.limits = limits
    }

    /// Unpacks everything and brings it to the disk; the answer lists it, each file hashed as it was written.
    ///
    /// Blocks. After an error the folder holds a part and is to be removed. `isStopped` is asked for each piece.
    public func run(isStopped: () -> Bool) throws(ArchiveError) -> [UnpackedEntry] {
        var reader = try ArchiveReader.open(archive)
        var landing = try Landing(archive: archive, folder: folder, strip: strip, limits: limits)
        while let entry = try reader.next() { try landing.land(entry, &reader, isStopped: isStopped) }
        return try landing.finish()
    }
}

/// Calls the disk, and makes its error an archive's.
func onDisk<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(ArchiveError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .disk(error) }
}
