internal import Database
internal import Digests
public import Platform

/// The agents that a release brings beside its hub.
extension Hub {
    /// Takes those that lie in a folder under the names that a release gives them, and tells which the hub gives out now.
    ///
    /// Blocks, for some seconds with each new one. One that it has already is not taken again.
    public func takeAgents(
        from place: String, _ notes: @escaping IntakeNotes = { _, _, _ in }
    ) throws(HubError) -> [(machine: ElfMachine, artifact: Artifact)] {
        for name in ElfMachine.allCases.map({ "host-bootstrap-\($0.rawValue)" }) + ["host-bootstrap"] {
            let path = "\(place)/\(name)"
            guard let digest = try digestOfAgent(path) else { continue }
            if let known = try agents().first(where: { $0.artifact.digest == digest })?.artifact, try isHere(known) {
                continue
            }
            _ = try addBinary(path, notes)
        }
        return try agents()
    }

    /// The newest of each machine, by the machines' names.
    func agents() throws(HubError) -> [(machine: ElfMachine, artifact: Artifact)] {
        try inDatabase { () throws(DatabaseError) in try store.newestBinaries() }
            .sorted { $0.key.rawValue < $1.key.rawValue }.map { (machine: $0.key, artifact: $0.value) }
    }

    /// Another hub on the same database may have its bytes, and this one not.
    private func isHere(_ artifact: Artifact) throws(HubError) -> Bool {
        do throws(SystemCallError) {
            return try FileStatus.of("\(folder.artifacts)/\(artifact.path)")?.size == artifact.size
        } catch { throw .system(error) }
    }

    /// Nil when there is no such file.
    private func digestOfAgent(_ path: String) throws(HubError) -> Digest? {
        do throws(SystemCallError) {
            guard try FileStatus.of(path)?.kind == .file else { return nil }
            return try FileDigest.of(path)
        } catch { throw .system(error) }
    }
}
