import Platform

/// A device that could be the disk.
struct FreeDisk: Sendable {
    /// As the config names it.
    let path: String
    let device: BlockDevice
    /// What udev has heard of its content; nil when there is no udev.
    let hearsay: UdevRecord?

    /// What it holds, as far as that is known without root.
    var words: String {
        guard let hearsay else { return "\(gibibytes(device.bytes)), not looked into: only root may" }
        if let kind = hearsay.kind { return "holds \(kind)\(hearsay.uuid.map { " with the UUID \($0)" } ?? "")" }
        if let table = hearsay.table { return "holds a partition table (\(table))" }
        return "\(gibibytes(device.bytes)), blank as far as udev knows"
    }
}
