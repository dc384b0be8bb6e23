/// For whom the hub has a secret.
public enum SecretOwner: Sendable, Equatable {
    /// One host.
    case host(HostID)
    /// Every host that has these labels, now or later.
    case group(HostGroup)

    /// As the database has it and people are shown it, in whatever order labels were named: `host h1`, `group web,zone=a`.
    var text: String {
        switch self {
        case .host(let id): "host \(id.name)"
        case .group(let group): "group \(group.labels.sorted().joined(separator: ","))"
        }
    }

    /// As the database has it; nil for what no version wrote.
    init?(stored text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.last) {
        case ("host", let name?):
            guard let id = try? HostID(name) else { return nil }
            self = .host(id)
        case ("group", let labels?):
            guard let group = try? HostGroup(labels) else { return nil }
            self = .group(group)
        default: return nil
        }
    }

    /// How closely this means a host; nil when it does not.
    ///
    /// The host itself comes before its groups, and a group of more labels before one of fewer.
    func closeness(to id: HostID, _ labels: HostLabels) -> Int? {
        switch self {
        case .host(let own): own == id ? .max : nil
        case .group(let group) where group.contains(labels): group.isEveryHost ? 0 : group.labels.count
        case .group: nil
        }
    }
}
