internal import Database
internal import Platform

/// What a hub knows by name, for shells that complete a command.
extension Hub {
    /// A kind of names.
    public enum Names: String, Sendable {
        case hosts, labels, users, keys, secrets, rollouts, bundles
    }

    /// The names of a kind; none where no hub of this version is, or where the fleet is in a shared database.
    ///
    /// It is asked for at each press of a key, so it changes nothing that is kept, and waits for no server.
    public static func names(of kind: Names, in data: String) -> [String] {
        let folder = HubFolder(path: data)
        let isThere = { (path: String) in (try? FileStatus.of(path)) ?? nil != nil }
        guard isThere(folder.store), !isThere(folder.database),
            let outline = try? ForeignDatabase(folder.store).outline(), outline.version == Schema.migrations.count,
            let hub = try? Hub(opening: data), let names = try? hub.names(of: kind)
        else { return [] }
        return names
    }

    private func names(of kind: Names) throws(HubError) -> [String] {
        switch kind {
        case .hosts: try hosts().map(\.id)
        case .labels: try hosts().flatMap { $0.labels.parts(at: ",", omittingEmpty: true).map(String.init) } + ["all"]
        case .users: try users().compactMap(\.first)
        case .keys: try deltaKeys().compactMap(\.first)
        case .secrets: try secrets().compactMap(\.first)
        case .rollouts: try inDatabase { () throws(DatabaseError) in try store.rollouts().map { "\($0.id)" } }
        case .bundles: try inDatabase { () throws(DatabaseError) in try store.bundleFiles() }.compactMap(Self.version)
        }
    }

    /// `NAME=VERSION` of an archive that is called as `bundle pack` calls it; nil for another.
    private static func version(_ path: String) -> String? {
        guard let parts = ArchiveName(Files.name(of: path))?.stem.parts(at: "-").map(String.init) else { return nil }
        // A version begins with a digit, and a name's parts seldom do.
        guard let first = parts.dropFirst().firstIndex(where: { ("0"..."9").contains($0.prefix(1)) }) else {
            return nil
        }
        return "\(parts[..<first].joined(separator: "-"))=\(parts[first...].joined(separator: "-"))"
    }
}
