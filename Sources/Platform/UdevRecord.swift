/// What udev noted of a block device's content when it last looked: for who may not open the device.
public struct UdevRecord: Sendable, Equatable {
    /// The file system, or what else it is known by.
    public private(set) var kind: String?
    /// That file system's UUID.
    public private(set) var uuid: String?
    /// The kind of partition table.
    public private(set) var table: String?

    private static let folder = "/run/udev/data"

    /// Whether udev runs here; in a container it does not.
    ///
    /// Blocks.
    public static func isKept() throws(SystemCallError) -> Bool { try FileStatus.of("/run/udev/control") != nil }

    /// The record of a device; nil when there is none.
    ///
    /// Blocks.
    public static func of(_ device: BlockDevice) throws(SystemCallError) -> UdevRecord? {
        guard let text = try Files.text("\(folder)/b\(device.number)") else { return nil }
        var record = UdevRecord(text)
        // A partition's record repeats its disk's.
        if device.wholeDisk != nil { record.table = nil }
        return record
    }

    /// Reads a record's text: a line `E:NAME=VALUE` for each property.
    init(_ text: String) {
        for line in text.byteLines {
            for (name, property) in [
                ("E:ID_FS_TYPE=", \UdevRecord.kind), ("E:ID_FS_UUID=", \.uuid), ("E:ID_PART_TABLE_TYPE=", \.table),
            ] where line.hasFirstBytes(name) {
                self[keyPath: property] = String(Substring(line.utf8.dropFirst(name.utf8.count)))
            }
        }
    }
}
