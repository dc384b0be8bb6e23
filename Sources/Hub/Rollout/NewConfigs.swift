internal import Database
internal import Digests
internal import HostConfig
internal import JSON
internal import Platform

/// What a roll-out gives hosts.
public enum RolloutChange: Sendable, Equatable {
    /// A file, of which each host gets its own form; or a folder with a file ID.json for each.
    case config(path: String)
    /// Another version of a bundle that their configs fetch from this hub.
    case bundle(name: String, version: String)
    /// The agents that this hub gives out now.
    case agents

    /// Takes `NAME=VERSION`.
    public init(bundle text: String) throws(HubError) {
        let parts = text.parts(at: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, SafeName.isValid(parts[0], alsoIn: "._-"), SafeName.isValid(parts[1], alsoIn: "._-+~")
        else { throw .rollout(.badBundleVersion(text)) }
        self = .bundle(name: parts[0], version: parts[1])
    }

    var inWords: String {
        switch self {
        case .config(let path): "config \(Files.name(of: path))"
        case .bundle(let name, let version): "\(name) \(version)"
        case .agents: "the hub's agents"
        }
    }
}

extension Hub {
    /// What a host is to be given in the place of what it has.
    func newConfig(
        _ change: RolloutChange, for host: HostID, from old: HubStore.HostRecord
    ) throws(HubError) -> HubStore.HostRecord {
        guard let present = old.config else { throw .rollout(.hasNoConfig(host.name)) }
        switch change {
        case .config(let path):
            let isFolder: Bool
            do throws(SystemCallError) {
                isFolder = try FileStatus.of(path, followingLink: true)?.kind == .folder
            } catch { throw .system(error) }
            if isFolder {
                let file = "\(path)/\(host.name).json"
                return HubStore.HostRecord(
                    config: try readConfig(file), signature: try signature(besideConfig: file))
            }
            let source = try readConfig(path)
            let own = OwnMembers.put(from: present, into: source)
            let signature = own == source ? try signature(besideConfig: path) : nil
            return HubStore.HostRecord(config: own, signature: signature)
        case .bundle(let name, let version):
            return HubStore.HostRecord(
                config: try config(present, of: host, with: name, version), signature: nil)
        case .agents:
            return HubStore.HostRecord(config: try configNamingAgents(present, of: host), signature: nil)
        }
    }

    private func configNamingAgents(_ present: [UInt8], of host: HostID) throws(HubError) -> [UInt8] {
        let agents = try agents()
        guard !agents.isEmpty else { throw .rollout(.noAgents) }
        // One behind a path serves its agents there, too, and it says nowhere where.
        let served = ServedConfig(present)
        guard let hub = served?.hub, served?.reportsTo == "\(hub.text)/api/v1/hosts/\(host.name)/status" else {
            throw .rollout(.reportsNowhere(host: host.name))
        }
        return AgentMember.put(agents, of: hub, into: present)
    }

    private func config(
        _ present: [UInt8], of host: HostID, with name: String, _ version: String
    ) throws(HubError) -> [UInt8] {
        guard let places = BundlePlace.all(of: name, in: present), !places.isEmpty else {
            throw .rollout(.cannotChangeBundle(host: host.name, bundle: name))
        }
        let hub = ServedConfig(present)?.hub
        let changes = try places.map { (place) throws(HubError) in
            guard HubURL(originOf: place.address) == hub, let artifact = try artifact(in: place, of: name, version)
            else {
                throw .rollout(
                    .hasNotVersion(host: host.name, bundle: name, version: version, beside: place.address))
            }
            let archive = BundlePlace.Archive(
                name: Files.name(of: artifact.path), digest: artifact.digest.hex, size: artifact.size, version: version)
            return (place: place, archive: archive)
        }
        return BundlePlace.changed(present, changes)
    }

    /// The archive of a version that is called like the one that a config names, which `bundle pack` calls
    /// `NAME-VERSION-ARCH.tar.zst` or `NAME-VERSION.tar.zst`.
    private func artifact(in place: BundlePlace, of name: String, _ version: String) throws(HubError) -> Artifact? {
        guard let begin = place.address.range(ofPath: "/artifacts/") else { return nil }
        let path = String(place.address[begin...])
        let file = Files.name(of: path), folder = path.utf8.dropLast(file.utf8.count)
        guard file.hasFirstBytes("\(name)-") else { return nil }
        guard let archive = ArchiveName(file) else { return nil }
        let stem = "\(String(Substring(folder)))\(name)-\(version)\(archive.machine)"
        return try inDatabase { () throws(DatabaseError) in
            // The new one may be packed in another way.
            for ending in [archive.ending] + ArchiveName.endings {
                if let artifact = try store.artifact(at: stem + ending) { return artifact }
            }
            return nil
        }
    }
}

extension String {
    /// Where a URL's path goes on behind some words that begin it; nil when it does not begin with them.
    fileprivate func range(ofPath words: String) -> String.Index? {
        let parts = self.parts(at: "/", maxSplits: 3)
        guard parts.count == 4, "/\(parts[3])".hasFirstBytes(words) else { return nil }
        return utf8.index(parts[3].startIndex, offsetBy: words.utf8.count - 1)
    }
}

/// What each host has of its own in its config.
private enum OwnMembers {
    static let names = ["host_id", "host_name", "hostname", "hub"]

    /// A config with the members of another's that are the host's own; byte for byte itself if they are the same.
    static func put(from present: [UInt8], into source: [UInt8]) -> [UInt8] {
        let (old, new) = (members(of: present), members(of: source))
        let own = old.filter { names.contains($0.name) }
        let same = names.allSatisfy { name in
            let (one, other) = (old.first { $0.name == name }?.text, new.first { $0.name == name }?.text)
            return one.map(Array.init) == other.map(Array.init)
        }
        if same { return source }
        let lines = (own + new.filter { !names.contains($0.name) }).map { name, text in
            Array("  ".utf8) + JSONText.quoted(name) + Array(": ".utf8) + text
        }
        return Array("{\n".utf8) + Array(lines.joined(separator: Array(",\n".utf8))) + Array("\n}\n".utf8)
    }

    private static func members(of source: [UInt8]) -> [(name: String, text: ArraySlice<UInt8>)] {
        guard let node = try? JSONNode(source), case .object(let members) = node.kind else { return [] }
        return members.map { ($0.name, source[$0.value.extent(in: source)]) }
    }
}
