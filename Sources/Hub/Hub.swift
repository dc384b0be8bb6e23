internal import Platform
internal import Database
internal import Digests
internal import Glibc
internal import HostConfig
internal import PostgreSQL

/// A hub's data folder and all that the commands do with it, while a server runs on it or not.
public struct Hub: Sendable {
    /// The program's version.
    public static let version = "0.1.0"
    /// The longest config and report.
    static let bodyLimit = 1 << 20

    /// What is linked in, by name.
    public static var libraryVersions: [(name: String, version: String)] {
        [
            ("libpq", PostgreSQLConnection.libraryVersion), ("sqlite3", DatabaseConnection.libraryVersion),
            ("libmicrohttpd", HTTPServer.libraryVersion),
        ]
    }

    /// The hub's database.
    public let store: HubStore
    let folder: HubFolder

    /// Opens a data folder, made when missing (mode 0700, since it holds hosts' configs).
    ///
    /// The fleet is kept in `database`, which the folder then belongs to; without one, in that which it belongs to
    /// already, or else in the folder itself.
    public init(data path: String, database: SharedDatabase? = nil) throws(HubError) {
        try self.init(opening: path, database)
        do throws(DatabaseError) { try store.digestOldConfigs() } catch { throw .database(error) }
    }

    /// The same for who only reads.
    init(opening path: String, _ database: SharedDatabase? = nil) throws(HubError) {
        folder = HubFolder(path: path)
        do throws(SystemCallError) { try folder.prepare() } catch { throw .system(error) }
        let shared = if let database { database } else { try folder.rememberedDatabase() }
        do throws(DatabaseError) { store = try HubStore(file: folder.store, server: shared?.address) } catch {
            throw .database(error)
        }
        if let database { try folder.remember(database) }
    }

    /// How ``addHost(_:config:)`` ended.
    public struct Admission: Sendable, Equatable {
        /// A new host's token, which is kept nowhere; nil for a host that was there, whose tokens are as they were.
        public let token: String?
        /// What this version's agent would refuse in the config, what seems to be a secret in it, and which of its bundles should
        /// be at this hub and are not, a line each.
        ///
        /// A host may run a newer agent that takes it, and only people know what is secret, so the hub takes both.
        public let warnings: [String]
    }

    /// Adds a host, or gives one that is there a new config.
    ///
    /// The config is served to whoever has a token of the host, and with it the signature that lies beside its file.
    public func addHost(
        _ id: HostID, config path: String?, tokenLives lifetime: TokenLifetime? = nil
    ) throws(HubError) -> Admission {
        let config = try path.map { (path) throws(HubError) in try readConfig(path) }
        let signature = if let path { try self.signature(besideConfig: path) } else { [UInt8]?.none }
        var warnings =
            try path.map { (path) throws(HubError) in try findings(in: config ?? [], file: path, for: id) } ?? []
        if let path { warnings += try doubts(config ?? [], signature, named: path) }
        let token = try inDatabase { () throws(DatabaseError) in
            try store.addHost(id, config: config, signature: signature, tokenLives: lifetime)
        }
        if let token { return Admission(token: token.text, warnings: warnings) }
        guard let config else { throw .hostExists(id.name) }
        _ = try inDatabase { () throws(DatabaseError) in try store.setConfig(config, signature: signature, of: id) }
        return Admission(token: nil, warnings: warnings)
    }

    /// One line of ``hosts()``.
    public struct ListedHost: Sendable {
        /// Its name, how it stands, and what it last told.
        public let id: String, state: String, message: String
        /// When it last reported, in RFC 3339; nil when it never did.
        public let updatedAt: String?
        /// How many tokens of it are valid.
        public let tokens: Int64
        /// When the first of them ends, in RFC 3339; nil when none does.
        public let nextExpiry: String?
        /// With commas between.
        public let labels: String
    }

    /// All hosts, by name.
    public func hosts() throws(HubError) -> [ListedHost] {
        try inDatabase { () throws(DatabaseError) in
            let tokens = try store.tokenSummaries()
            return try store.hosts().map { host in
                ListedHost(
                    id: host.hostID, state: host.standing(silenceFrom: Timestamp(milliseconds: 0)).rawValue,
                    message: host.message, updatedAt: host.heard?.rfc3339, tokens: tokens[host.hostID]?.count ?? 0,
                    nextExpiry: tokens[host.hostID]?.nextExpiry?.rfc3339, labels: host.labels)
            }
        }
    }

    /// Forgets a host: its tokens, config, runs and reports.
    public func removeHost(_ id: HostID) throws(HubError) {
        guard try inDatabase({ () throws(DatabaseError) in try store.removeHost(id) }) else {
            throw .noSuchHost(id.name)
        }
    }

    func findings(in config: [UInt8], file: String, for id: HostID) throws(HubError) -> [String] {
        let secrets = (ServedConfig(config)?.secretFields ?? []).map { field in
            "\(file): warning: \(field) seems to hold a secret, by its name or its form: whoever has a token of the host "
                + "can read the config; put it into a file on the host, and name that: {\"file\": \"/path\"}"
        }
        switch HostConfiguration.load(config, file: file) {
        case .failure(let error): return error.diagnostics.map(\.description) + secrets
        case .success(let config):
            let isOther = config.hostID != id.name
            let other = "\(file): warning: host_id is not \(id.name): its reports will be refused"
            let missing = try missingArtifacts(of: config, file: file)
            return (isOther ? [other] : []) + secrets + missing + (try missingSecrets(of: config, file: file, for: id))
        }
    }

    /// Copies a bundle to `/artifacts/bundles/NAME`, over one of the same name.
    ///
    /// Blocks.
    public func addBundle(
        _ path: String, _ notes: @escaping IntakeNotes = { _, _, _ in }
    ) throws(HubError) -> Artifact {
        let name = Files.name(of: path)
        guard SafeName.isValid(name, alsoIn: "._-+") else { throw .badFileName(path: path) }
        return try add(path, machine: nil, notes) { _ in "bundles/\(name)" }
    }

    /// Copies an agent's binary to a path that holds its digest, so that a stub pinned to an older one stays right.
    ///
    /// Blocks, for some seconds.
    public func addBinary(
        _ path: String, _ notes: @escaping IntakeNotes = { _, _, _ in }
    ) throws(HubError) -> Artifact {
        guard let machine = ElfMachine(head: try readHead(path)) else {
            throw .notABinary(path: path, reason: "no 64-bit ELF executable of a known machine")
        }
        return try add(path, machine: machine, notes) { digest in
            "binaries/\(digest.hex.prefix(16))/host-bootstrap-\(machine.rawValue)"
        }
    }

    /// A key for the delta service.
    public struct DeltaKey: Sendable {
        /// What a client sends; it is kept nowhere.
        public let text: String
        /// The workspace's folder.
        public let folder: String
    }

    /// Makes a key for the delta service that may write a workspace, and what lies beneath it.
    ///
    /// A workspace is named as clients name it; it lies beneath `WORK_DIR`, or what the hub that serves takes for that.
    public func addDeltaKey(_ workspace: String, lives lifetime: TokenLifetime? = nil) throws(HubError) -> DeltaKey {
        let settings = try DeltaSettings.ofEnvironment(
            data: folder.path, remembered: try folder.rememberedWorkDirectory())
        let path: String
        do throws(DeltaError) { path = try settings.workspace(workspace) } catch {
            throw .badWorkspace(path: workspace, root: settings.root)
        }
        let text = try inDatabase { () throws(DatabaseError) in
            try store.addDeltaKey(workspace: path, lifetime: lifetime)
        }
        return DeltaKey(text: text, folder: path)
    }

    /// All keys that there ever were, the oldest first: ID, folder, when it was made, when it ends, how it stands.
    public func deltaKeys() throws(HubError) -> [[String]] {
        let now = Timestamp.now()
        return try inDatabase { () throws(DatabaseError) in try store.deltaKeys() }.map { key in
            let isOver = key.expiresAt.map { $0.milliseconds <= now.milliseconds } ?? false
            return [
                key.id, key.workspace, key.issuedAt.rfc3339, key.expiresAt?.rfc3339 ?? "",
                key.isRevoked ? "revoked" : isOver ? "expired" : "valid",
            ]
        }
    }

    /// Makes a key worthless, by its ID; the answer is the folder that it opened.
    public func revokeDeltaKey(_ id: String) throws(HubError) -> String {
        guard let folder = try inDatabase({ () throws(DatabaseError) in try store.revokeDeltaKey(id) }) else {
            throw .noSuchKey(id)
        }
        return folder
    }

    /// The hub's own database can be read; a server elsewhere is no reason to start this program again.
    public func answers() async -> Bool {
        await onOwnThread { [store] () throws(Never) in (try? store.checkFolder()) != nil }
    }

    /// Where hosts and reports are, without what is secret in the address; nil when they are in the folder.
    public var sharedDatabase: String? { store.server?.shown }

    /// Hosts that this folder had before it belonged to a shared database, and that are not in that.
    public func hostsLeftBehind() throws(HubError) -> Int64 {
        store.server == nil ? 0 : try inDatabase { () throws(DatabaseError) in try store.countLocalHosts() }
    }

    func inDatabase<Value>(_ body: () throws(DatabaseError) -> Value) throws(HubError) -> Value {
        do throws(DatabaseError) { return try body() } catch { throw .database(error) }
    }

    private func add(
        _ source: String, machine: ElfMachine?, _ notes: IntakeNotes, path: (Digest) -> String
    ) throws(HubError) -> Artifact {
        let artifact: Artifact
        do throws(SystemCallError) {
            artifact = try ArtifactIntake(folder: folder).take(source, machine: machine, notes, path: path)
        } catch { throw .system(error) }
        try inDatabase { () throws(DatabaseError) in try store.record(artifact) }
        return artifact
    }

    func readConfig(_ path: String) throws(HubError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = try Files.read(path, limit: Self.bodyLimit) } catch {
            if error.code == EFBIG { throw .notAnObject(path: path) }
            throw .system(error)
        }
        guard ServedConfig(bytes) != nil else { throw .notAnObject(path: path) }
        return bytes
    }

    private func readHead(_ path: String) throws(HubError) -> [UInt8] {
        do throws(SystemCallError) {
            let file = try Descriptor.open(path, O_RDONLY)
            var head = [UInt8](repeating: 0, count: 20)
            let count = read(file.number, &head, head.count)
            return Array(head.prefix(max(0, count)))
        } catch { throw .system(error) }
    }
}
