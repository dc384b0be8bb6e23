internal import Database
internal import Platform

/// What the commands do with hosts' tokens. A token is kept nowhere but with whom it is given to.
extension Hub {
    /// Makes all tokens of a host worthless; tells how many there were, and the new one.
    public func replaceTokens(
        of id: HostID, tokenLives lifetime: TokenLifetime? = nil
    ) throws(HubError) -> (revoked: Int, token: String) {
        let made = try inDatabase { () throws(DatabaseError) in try store.replaceTokens(of: id, lives: lifetime) }
        guard let made else { throw .noSuchHost(id.name) }
        return (made.revoked, made.new.text)
    }

    /// A new token for a host; those before it end with its first report, or after ``rotationLimit``.
    public func rotateTokens(of id: HostID, tokenLives lifetime: TokenLifetime? = nil) throws(HubError) -> String {
        let token = try inDatabase { () throws(DatabaseError) in try store.rotateTokens(of: id, lives: lifetime) }
        guard let token else { throw .noSuchHost(id.name) }
        return token.text
    }

    /// How long replaced tokens go on working at most, in words.
    public static var rotationLimit: String { HubStore.rotationLimit.inWords }

    /// How long a join token works at most, in words.
    public static var joinLimit: String { HubStore.joinLimit.inWords }

    /// What cloud-init should run on a host, with a fresh token of its own; tokens issued before stay valid.
    ///
    /// It gives the host these keys, or else those in the folder. The hub's address is `hub`, else the one that the config's `hub.url` names, else the standard address.
    public func userData(
        _ id: HostID, as format: UserDataFormat = .shell, hub: HubURL?, keys: ConfigKeys? = nil,
        tokenLives lifetime: TokenLifetime? = nil
    ) throws(HubError) -> [UInt8] {
        var (stub, config) = try joinable(id, hub: hub)
        stub.keys = if let keys { keys.words } else { try folder.configKeys()?.words }
        let token = try inDatabase { () throws(DatabaseError) in try store.issueToken(for: id, lives: lifetime) }
        guard let token else { throw .noSuchHost(id.name) }
        return try UserData(stub: stub, config: config, token: token).bytes(as: format)
    }

    /// One command that makes a machine this host, with a join token in it; the hub's address is as for user-data.
    public func joinCommand(
        _ id: HostID, hub: HubURL?, tokenLives lifetime: TokenLifetime? = nil
    ) throws(HubError) -> String {
        let (stub, config) = try joinable(id, hub: hub)
        guard config.tokenPlace != nil else {
            throw .unusableField(host: id.name, field: "hub.token.file", reason: "is no absolute path")
        }
        guard stub.hub.isSecure || stub.hub.isLoopback else { throw .plainHub(stub.hub.text) }
        let token = try inDatabase { () throws(DatabaseError) in
            try store.issueJoinToken(for: id, tokenLives: lifetime)
        }
        guard let token else { throw .noSuchHost(id.name) }
        // Built into the shell, printf is in no process list.
        return "printf 'url=\"%s\"\\nheader=\"Authorization: Bearer %s\"\\n' "
            + "\(stub.hub.text)/bootstrap/\(id.name)/stub.sh \(token.text) | curl -fsSK - | sh"
    }

    private func joinable(_ id: HostID, hub: HubURL?) throws(HubError) -> (PinnedStub, ServedConfig) {
        let (record, binaries) = try inDatabase { () throws(DatabaseError) in
            (try store.record(of: id), try store.newestBinaries())
        }
        guard let record else { throw .noSuchHost(id.name) }
        guard !binaries.isEmpty else { throw .noBinary }
        guard let raw = record.config, let config = ServedConfig(raw) else {
            throw .unusableField(host: id.name, field: "bootstrap_user", reason: "is missing")
        }
        let address = hub ?? config.hub ?? .of(.standard)
        return (PinnedStub(host: id, config: raw, hub: address, binaries: binaries), config)
    }
}
