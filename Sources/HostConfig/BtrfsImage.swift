import JSON

/// The image file that holds a btrfs file system, and how it is mounted.
public struct BtrfsImage: Sendable, Equatable {
    /// How large the image is to be.
    public enum Size: Sendable, Equatable {
        /// So many GiB.
        case gigabytes(Int)
        /// What the disk allows.
        case automatic
    }

    /// How large it is to be.
    public let size: Size
    /// Absolute path of the image file.
    public internal(set) var imagePath = "/var/lib/host-bootstrap/btrfs.img"
    /// Absolute path of the folder it is mounted on.
    public internal(set) var mountPoint = "/btrfs"
    /// The file system's label, by which it is known to be ours.
    public internal(set) var label = "host-bootstrap"
    /// Plain names of the subvolumes at its top.
    public internal(set) var subvolumes = ["projects", "sync-state"]
    /// Quotas are switched on.
    public internal(set) var quotas = true
    /// The disk of ``HostConfiguration/disks`` that it lies on when that is there; nil: none.
    public internal(set) var disk: String?
    /// So many GiB of the disk that the image lies on stay free of it.
    public internal(set) var reserveGB = 0
}

extension BtrfsImage {
    /// Reads `btrfs_image_target_gb` and `btrfs`.
    static func read(_ fields: Fields, root: String) -> BtrfsImage? {
        let size = fields["btrfs_image_target_gb"].flatMap(readSize)
        if let section = fields["btrfs"], fields["btrfs_image_target_gb"] == nil {
            fields.contradiction(at: section, "there is no \"btrfs_image_target_gb\" that this could apply to")
        }
        var image = BtrfsImage(size: size ?? .automatic)
        if let settings = fields["btrfs"]?.fields(settingNames) {
            image.read(settings)
        }
        if size != nil { image.checkPlaces(fields, root: root) }
        return size == nil ? nil : image
    }

    private static let settingNames = [
        "image_path", "mount_point", "label", "subvolumes", "quotas", "disk", "reserve_gb",
    ]

    private static func readSize(_ field: Field) -> Size? {
        if case .string(let word) = field.value.kind {
            if word == "auto" { return .automatic }
            field.refuse(.badValue, "expected a whole number of GiB or \"auto\", found \(Quoting.quote(word))")
            return nil
        }
        return field.integer(1...65536).map(Size.gigabytes)
    }

    private mutating func read(_ settings: Fields) {
        imagePath = settings["image_path"]?.placePath() ?? imagePath
        mountPoint = settings["mount_point"]?.placePath() ?? mountPoint
        label =
            settings["label"]?.text(.badName, "a label of 1 to 255 bytes without slashes and line breaks") {
                (1...255).contains($0.utf8.count) && !$0.utf8.contains(UInt8(ascii: "/")) && !$0.hasControlCharacter
            } ?? label
        subvolumes = settings["subvolumes"].map(Self.readSubvolumes) ?? subvolumes
        quotas = settings["quotas"]?.boolean() ?? quotas
        disk = settings["disk"]?.name(.dataEntry)
        reserveGB = settings["reserve_gb"]?.integer(0...65536) ?? reserveGB
    }

    private static func readSubvolumes(_ field: Field) -> [String] {
        var names: Set<String> = []
        return (field.elements("subvolume names") ?? []).compactMap { element in
            guard let name = element.name(.subvolume) else { return nil }
            if !names.insert(name).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(name)) is listed twice")
            }
            return name
        }
    }

    /// The mount would hide what lies beneath it.
    private func checkPlaces(_ fields: Fields, root: String) {
        for (what, path) in [("the image itself", imagePath), ("\"bootstrap_root\"", root)]
        where path == mountPoint || path.lies(beneath: mountPoint) {
            fields.contradiction(
                at: fields["btrfs"] ?? fields["btrfs_image_target_gb"],
                "the mount point \(Quoting.quote(mountPoint)) would hide \(what), which lies beneath it")
        }
    }
}
