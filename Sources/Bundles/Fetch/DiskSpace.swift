import Platform
import Transfer

/// Whether there is room for an archive and for what it unpacks to, beside all that is there.
///
/// What an archive unpacks to is not known before; it is taken to be as much as the version before it, and no less than the
/// archive itself.
struct DiskSpace: Sendable {
    /// Where the archive is kept while it comes.
    let downloads: String
    /// Beside which folder it is unpacked.
    let destination: String
    /// What the version before takes, in bytes; 0 when there is none.
    let before: Int64
    /// False for a file that stays as it came.
    var unpacks = true

    /// Refuses an archive of `whole` bytes, of which some are still to come; nil when there is room.
    ///
    /// Blocks.
    func refusal(whole: Int64, toCome: Int64) throws(SystemCallError) -> TransferError? {
        let unpacked = unpacks ? max(whole, before) : 0
        let (first, second) = (try FileSystem.holding(downloads), try FileSystem.holding(destination))
        if first.device == second.device { return Self.refusal(downloads, toCome + unpacked, first) }
        return Self.refusal(downloads, toCome, first) ?? Self.refusal(Files.folder(of: destination), unpacked, second)
    }

    private static func refusal(_ path: String, _ needed: Int64, _ system: FileSystem) -> TransferError? {
        system.available >= needed ? nil : .noRoom(path: path, needed: needed, free: system.available)
    }
}
