public import Platform

/// The links in the administrator's folder by which a unit starts at boot (systemd.unit(5), [Install]).
///
/// systemd itself tells what it found when it last read them; and asking it to look again makes process 1 open whatever
/// lies in the unit file's place, and wait for ever for a fifo. Every function blocks.
public struct EnablementLinks {
    private let unit: UnitName
    private static let folder = "/etc/systemd/system"

    /// Of a unit.
    public init(of unit: UnitName) { self.unit = unit }

    /// Whether there is one, by which other units want it or by which it has another name.
    func areThere() throws(SystemCallError) -> Bool {
        for path in try places() where try FileStatus.of(path)?.kind == .link { return true }
        for name in try Folders.names(in: Self.folder) where !name.hasSameBytes(as: unit.text) {
            if let target = try Files.linkTarget("\(Self.folder)/\(name)"),
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

    private func places() throws(SystemCallError) -> [String] {
        try Folders.names(in: Self.folder)
            .filter { [".wants", ".requires", ".upholds"].contains(where: $0.hasLastBytes) }
            .map { "\(Self.folder)/\($0)/\(unit.text)" }
    }
}
