public import Platform

/// The links in the administrator's folder, or in a user's own, by which a unit starts at boot (systemd.unit(5), [Install]).
///
/// systemd itself tells what it found when it last read them; and asking it to look again makes process 1 open whatever
/// lies in the unit file's place, and wait for ever for a fifo. Every function blocks.
public struct EnablementLinks: Sendable {
    private let unit: UnitName
    private let folder: String

    /// Of a unit.
    public init(of unit: UnitName, in scope: UnitScope = .system) {
        self.unit = unit
        folder = scope.folder
    }

    /// Whether there is one, by which other units want it or by which it has another name.
    func areThere() throws(SystemCallError) -> Bool {
        for path in try places() where try FileStatus.of(path)?.kind == .link { return true }
        for name in try Folders.names(in: folder) where !name.hasSameBytes(as: unit.text) {
            if let target = try Files.linkTarget("\(folder)/\(name)"),
                Files.name(of: target).hasSameBytes(as: unit.text)
            {
                return true
            }
        }
        return false
    }

    /// Moves aside what is no link and lies where one is to be: systemd goes by links alone, and replaces nothing else.
    public func clearTheWay() throws(SystemCallError) {
        for path in try places() {
            if let status = try FileStatus.of(path), status.kind != .link { try Files.moveAside(path) }
        }
    }

    /// Takes them away, where no systemd runs that could; folders of such links that are empty then go, too.
    public func remove() throws(SystemCallError) {
        for path in try places() where try FileStatus.of(path)?.kind == .link {
            try Files.remove(path)
            try Folders.removeIfEmpty(Files.folder(of: path))
        }
    }

    private func places() throws(SystemCallError) -> [String] {
        try Folders.names(in: folder)
            .filter { [".wants", ".requires", ".upholds"].contains(where: $0.hasLastBytes) }
            .map { "\(folder)/\($0)/\(unit.text)" }
    }
}
