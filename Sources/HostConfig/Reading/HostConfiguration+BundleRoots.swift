internal import JSON
import Platform

/// Where bundles may lie that have a folder of their own.
extension HostConfiguration {
    /// Refuses one outside of the places for them, and one that shares its place with anything else, or lies around it.
    func checkBundleRoots(_ fields: Fields) {
        var taken = takenPlaces
        for (name, field) in Self.members("root", ofEachIn: fields["bundles"]) {
            let source = bundleSlots.last { $0.name.hasSameBytes(as: name) }?.distinct.first
            guard let root = source?.root else { continue }
            let places = [bootstrapRoot, "/opt", "/srv"]
            if !bootstrapRoot.isEmpty, !places.contains(where: root.lies(beneath:)) {
                refuse(field, "a bundle's root lies beneath \(Quoting.quote(bootstrapRoot)), \"/opt\" or \"/srv\"")
            }
            for (what, path) in taken where root == path || root.lies(beneath: path) || path.lies(beneath: root) {
                let way = root == path ? "is" : root.lies(beneath: path) ? "lies in" : "lies around"
                refuse(field, "it \(way) \(Quoting.quote(path)), \(what)")
                break
            }
            taken.append(("the root of the bundle \(Quoting.quote(name))", root))
        }
    }

    private func refuse(_ field: Field, _ words: String) {
        if !field.findings.isIncomplete { field.refuse(.contradiction, words) }
    }

    /// All that has a place of its own, the narrower before the wider.
    private var takenPlaces: [(what: String, path: String)] {
        var places = data.map { ("the folder of the data \(Quoting.quote($0.name))", $0.path) }
        places.append(("which holds what the bundles require", requirements.folder))
        if let btrfs {
            places += [("where the btrfs is mounted", btrfs.mountPoint), ("the btrfs image", btrfs.imagePath)]
        }
        places += disks.compactMap { disk in
            disk.mountPoint.map { ("where the disk \(Quoting.quote(disk.name)) is mounted", $0) }
        }
        let own = ["bin", "bundles", "bundle", "config", "logs", "README", ".bootstrap_done"]
        places += own.map { ("which is the agent's own", "\(bootstrapRoot)/\($0)") }
        return places + [("which is the agent's own", bootstrapDirectory)]
    }

    /// The field of this name of each object in one, with the object's name, in the file's order.
    private static func members(_ member: String, ofEachIn field: Field?) -> [(name: String, field: Field)] {
        guard let field, case .object(_) = field.value.kind else { return [] }
        return (field.entries("") ?? []).compactMap { name, _, one in
            guard one.value[member] != nil else { return nil }
            return one.entries("")?.last { $0.name == member }.map { (name, $0.field) }
        }
    }
}
