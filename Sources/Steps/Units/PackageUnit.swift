import Engine
import Platform
import Systemd

/// A unit that a package brings.
enum PackageUnit {
    /// Why the step of one that is not there fails.
    static func absence(of place: UnitPlace) -> Explanation {
        let unit = place.unit, look = "systemctl list-unit-files '\(unit.stem.prefix(4))*'"
        return Explanation(
            "no package of this host brings this unit, and the config has no text for it", at: unit.text,
            hint:
                "name its package in \"apt_packages\" (apt-file search '/\(unit)' finds it), or give it \"content\"; "
                + "\(place.scope.asking(look)) shows what is there")
    }
}

extension UnitState {
    /// The unit was begun before this file was last changed.
    ///
    /// Blocks. A time that is still to come says nothing.
    func isOlder(than path: String) throws(SystemCallError) -> Bool {
        guard begunAt != 0, let changed = try FileStatus.of(path)?.modified else { return false }
        return Int64(clamping: begunAt) < changed / 1000 && changed / 1_000_000 <= Timestamp.now().milliseconds
    }
}
