/// What may not lie in each other.
extension HostConfiguration {
    /// Refuses places in the folders that are the agent's own, or in each other.
    func checkPlaces(_ fields: Fields) {
        let own = ["bin", "bundles", "config", "logs"].map { "\(bootstrapRoot)/\($0)" } + [bootstrapDirectory]
        var places: [(field: String, what: String, path: String)] = []
        if fields["requirements"] != nil { places.append(("requirements", "\"folder\"", requirements.folder)) }
        if let btrfs, fields["btrfs"] != nil {
            places.append(("btrfs", "\"mount_point\"", btrfs.mountPoint))
            places.append(("btrfs", "\"image_path\"", btrfs.imagePath))
        }
        places += disks.compactMap { disk in
            disk.mountPoint.map { ("disks", "the mount point of \(disk.name)", $0) }
        }
        places += data.map { ("data", "the folder of \($0.name)", $0.path) }
        for place in places {
            guard let taken = own.first(where: { place.path == $0 || place.path.lies(beneath: $0) }) else { continue }
            fields.contradiction(
                at: fields[place.field],
                "\(place.what), \(Quoting.quote(place.path)), lies in \(Quoting.quote(taken)), which is the agent's own"
            )
        }
    }
}
