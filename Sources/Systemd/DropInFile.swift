internal import Platform

/// A drop-in of one unit's in the administrator's folder, or in a user's own, such as `/etc/systemd/system/a.service.d/limits.conf` (systemd.unit(5)).
public struct DropInFile: Sendable, Hashable {
    /// The unit that it belongs to.
    public let unit: UnitName
    /// Its name without `.conf`.
    public let name: String

    /// The folder of unit files that it lies beneath.
    private let units: String

    /// Of a unit; nil for what is no plain name, or for a unit whose drop-ins would be those of others, too.
    public init?(_ name: String, of unit: UnitName, in scope: UnitScope = .system) {
        self.init(name, of: unit, units: scope.folder)
    }

    private init?(_ name: String, of unit: UnitName, units: String) {
        guard (1...200).contains(name.utf8.count), !unit.isPrefix, name.isAlphanumeric(or: "._-"),
            !name.utf8.starts(with: ".".utf8), !name.utf8.starts(with: "-".utf8)
        else { return nil }
        self.unit = unit
        self.name = name
        self.units = units
    }

    /// Reads the ``path`` of one in the administrator's folder; nil for anything else.
    public init?(path: String) {
        self.init(path: path, units: UnitScope.system.folder)
    }

    /// The same for one in the folder that any user may have.
    public init?(ofUserPath path: String) {
        let units = Files.folder(of: Files.folder(of: path))
        guard units.hasFirstBytes("/"), units.hasLastBytes("/\(UnitScope.folderOfUsers)") else { return nil }
        self.init(path: path, units: units)
    }

    private init?(path: String, units: String) {
        let folder = Files.folder(of: path), file = Files.name(of: path)
        guard Files.folder(of: folder).hasSameBytes(as: units), folder.hasLastBytes(".d"), file.hasLastBytes(".conf"),
            let unit = try? UnitName(String(Files.name(of: folder).dropLast(2)))
        else { return nil }
        self.init(String(file.dropLast(5)), of: unit, units: units)
        guard self.path.hasSameBytes(as: path) else { return nil }
    }

    /// The folder of the unit's drop-ins.
    public var folder: String { "\(units)/\(unit).d" }

    /// Where it lies.
    public var path: String { "\(folder)/\(name).conf" }

    /// The folder of a unit's drop-ins.
    public static func folder(of unit: UnitName) -> String { "\(UnitScope.system.folder)/\(unit).d" }
}
