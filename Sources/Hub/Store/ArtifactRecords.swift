internal import Database
internal import Digests
internal import Platform

/// What is known of the files in the artifacts folder.
extension HubStore {
    func record(_ artifact: Artifact) throws(DatabaseError) {
        try fleet.write { database throws(DatabaseError) in
            try database.run(
                """
                INSERT INTO artifacts (path, sha256, size, modified, machine, added_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (path) DO UPDATE
                SET sha256 = ?2, size = ?3, modified = ?4, machine = ?5, added_at = ?6
                """,
                [
                    .text(artifact.path), .text(artifact.digest.hex), .integer(artifact.size),
                    .integer(artifact.modified), .text(artifact.machine?.rawValue),
                    .integer(Timestamp.now().milliseconds),
                ])
            try note(.artifactAdded, artifact.path, database)
        }
    }

    func artifact(at path: String) throws(DatabaseError) -> Artifact? {
        try fleet.read { database throws(DatabaseError) in
            try database.row(columns + "WHERE path = ?", [.text(path)]).flatMap(readArtifact)
        }
    }

    /// The paths of all archives of bundles.
    func bundleFiles() throws(DatabaseError) -> [String] {
        try fleet.read { database throws(DatabaseError) in
            var paths: [String] = []
            for row in try database.rows("SELECT path FROM artifacts WHERE path LIKE 'bundles/%'") {
                if let path = try row.text(0) { paths.append(path) }
            }
            return paths
        }
    }

    /// The binary that was added last for each machine.
    func newestBinaries() throws(DatabaseError) -> [ElfMachine: Artifact] {
        try fleet.read { database throws(DatabaseError) in
            var newest: [ElfMachine: Artifact] = [:]
            for row in try database.rows(columns + "WHERE machine IS NOT NULL ORDER BY added_at, path") {
                guard let binary = try readArtifact(row), let machine = binary.machine else { continue }
                newest[machine] = binary
            }
            return newest
        }
    }
}

private let columns = "SELECT path, sha256, size, modified, machine FROM artifacts "

private func readArtifact(_ row: DatabaseRow) throws(DatabaseError) -> Artifact? {
    guard let path = try row.text(0), let digest = try row.text(1).flatMap({ Digest(hex: $0) }) else { return nil }
    return Artifact(
        path: path, digest: digest, size: try row.integer(2) ?? 0, modified: try row.integer(3) ?? 0,
        machine: try row.text(4).flatMap { ElfMachine(rawValue: $0) })
}
