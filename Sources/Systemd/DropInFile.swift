internal import Platform

/// A drop-in of one unit's in the administrator's folder, such as `/etc/systemd/system/a.service.d/limits.conf` (systemd.unit(5)).
public struct DropInFile: Sendable, Hashable {
    /// The unit that it belongs to.
    public let unit: UnitName
    /// Its name without `.conf`.
    public let name: String

    private static let units = "/etc/systemd/system"

    /// Of a unit; nil for what is no plain name, or for a unit whose drop-ins would be those of others, too.
    public init?(_ name: String, of unit: UnitName) {
        guard (1...200).contains(name.utf8.count), !unit.isPrefix, name.isAlphanumeric(or: "._-"),
            !name.utf8.starts(with: ".".utf8), !name.utf8.starts(with: "-".utf8)
        else { return nil }
        self.unit = unit
        self.name = name
    }

    /// Reads ``path``; nil for anything else.
    public init?(path: String) {
        let folder = Files.folder(of: path), file = Files.name(of: path)
        guard Files.folder(of: folder) == Self.units, folder.hasLastBytes(".d"), file.hasLastBytes(".conf"),
            let unit = try? UnitName(String(Files.name(of: folder).dropLast(2)))
        else { return nil }
        self.init(String(file.dropLast(5)), of: unit)
        guard self.path.hasSameBytes(as: path) else { return nil }
    }

    /// The folder of the unit's drop-ins.
    public var folder: String { Self.folder(of: unit) }

    /// Where it lies.
    public var path: String { "\(folder)/\(name).conf" }

    /// The folder of a unit's drop-ins.
    public static func folder(of unit: UnitName) -> String { "\(units)/\(unit).d" }
}
