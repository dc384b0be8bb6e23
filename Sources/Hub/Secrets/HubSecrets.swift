internal import Database
internal import Digests
internal import Glibc
internal import HostConfig
internal import Platform

/// The secrets that hosts fetch with their tokens.
extension Hub {
    /// The longest one, in bytes, without the line break at its end.
    public static let secretLimit = Secret.sizeLimit

    /// Keeps a secret, in place of the one that this owner had of the name; hosts have it with their next run or look.
    public func setSecret(_ name: String, of owner: SecretOwner, to value: [UInt8]) throws(HubError) {
        guard Secret.isHubName(name) else { throw .secret(.badName(name)) }
        // As the host will take it.
        let text: String
        do throws(SecretError) { text = try Secret.accept(value, as: .text, from: name) } catch {
            throw .secret(.badValue(name))
        }
        let known = try inDatabase { () throws(DatabaseError) in try store.secrets() }
        let key = try folder.secretsKey(isNeededFor: known)
        let record = SecretRecord(name, of: owner, Array(text.utf8), by: key, at: .now(), setBy: LocalActor.name)
        guard let record else { throw .secret(.noEncryption) }
        try inDatabase { () throws(DatabaseError) in try store.keep(record) }
    }

    /// Forgets one; hosts whose configs name it are told so by their next run.
    public func removeSecret(_ name: String, of owner: SecretOwner) throws(HubError) {
        guard try inDatabase({ () throws(DatabaseError) in try store.removeSecret(name, of: owner) }) else {
            throw .secret(.notFound(name, owner.text))
        }
    }

    /// What a host's config is to have from this hub and will not get, a line each with its remedy.
    func missingSecrets(
        of config: HostConfiguration, file: String, for id: HostID
    ) throws(HubError) -> [String] {
        var warnings: [String] = []
        for name in config.hubSecrets(for: nil) {
            switch try inDatabase({ () throws(DatabaseError) in try store.secret(named: name, for: id) }) {
            case .one: continue
            case .several:
                warnings.append(
                    "\(file): warning: the secret \(name) is there for several groups of the host: bootstrap-hub secret list shows them"
                )
            case .none:
                warnings.append(
                    "\(file): warning: the hub has no secret \(name) for the host: bootstrap-hub secret set \(name) --host \(id.name)"
                )
            }
        }
        return warnings
    }

    /// A line each: name, for whom, revision, since when, by whom, and how many hosts were given that revision; never what it is.
    public func secrets() throws(HubError) -> [[String]] {
        try inDatabase { () throws(DatabaseError) in
            let given = try store.hostsGivenSecrets()
            return try store.secrets().map { record in
                [
                    record.name, record.owner.text, record.revision, record.setAt.rfc3339, record.setBy,
                    "\(given[record.revision] ?? 0)",
                ]
            }
        }
    }
}

/// The key that the secrets are encrypted by: beside the database, and never in it.
extension HubFolder {
    var secretsKeyFile: String { "\(path)/secrets.key" }

    /// Nil when there is none.
    func secretsKey() throws(HubError) -> [UInt8]? {
        let text: String?
        do throws(SystemCallError) { text = try Files.text(secretsKeyFile) } catch { throw .system(error) }
        guard let text else { return nil }
        let key = Hexadecimal.bytes(text.hasLastBytes("\n") ? String(text.dropLast()) : text)
        guard let key, key.count == Encryption.keyLength else { throw .secret(.badKey(secretsKeyFile)) }
        return key
    }

    /// Makes one as long as there is nothing that another was used for; one that is there must open what is known.
    fileprivate func secretsKey(isNeededFor known: [SecretRecord]) throws(HubError) -> [UInt8] {
        if let key = try secretsKey() {
            if let first = known.first, first.value(by: key) == nil { throw .secret(.otherKey(secretsKeyFile)) }
            return key
        }
        guard known.isEmpty else { throw .secret(.noKey(secretsKeyFile)) }
        guard let key = Encryption.makeKey() else { throw .secret(.noEncryption) }
        do throws(SystemCallError) {
            let text = Array("\(Hexadecimal.text(key))\n".utf8)
            try Files.create(secretsKeyFile, with: text, mode: 0o600)
            if let owner = try owner() { try Files.setOwner(secretsKeyFile, user: owner.user, group: owner.group) }
        } catch {
            // Another command made it a moment ago.
            guard error.code == EEXIST, let key = try secretsKey() else { throw .system(error) }
            return key
        }
        return key
    }
}
