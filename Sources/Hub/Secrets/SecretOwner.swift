internal import Platform

/// For whom the hub has a secret: a host, or all of a group.
public struct SecretOwner: Sendable, Equatable {
    /// As the database has it and people are shown it: `host h1`, `group web,zone=a`.
    let text: String
    private let group: HostGroup?
    private let host: String?

    /// One host.
    public static func host(_ id: HostID) -> SecretOwner {
        SecretOwner(text: "host \(id.name)", group: nil, host: id.name)
    }

    /// Every host that has these labels, now or later, in whatever order and however often they are named.
    public static func group(_ group: HostGroup) -> SecretOwner {
        let labels = Set(group.text.parts(at: ",").map(String.init)).sorted().joined(separator: ",")
        let group = (try? HostGroup(labels)) ?? group
        return SecretOwner(text: "group \(group.text)", group: group, host: nil)
    }

    private init(text: String, group: HostGroup?, host: String?) {
        (self.text, self.group, self.host) = (text, group, host)
    }

    /// As the database has it; nil for what no version wrote.
    init?(stored text: String) {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return nil }
        switch words[0] {
        case "host":
            guard let id = try? HostID(words[1]) else { return nil }
            self = .host(id)
        case "group":
            guard let group = try? HostGroup(words[1]) else { return nil }
            self = .group(group)
        default: return nil
        }
    }

    /// How closely this means a host; nil when it does not.
    ///
    /// The host itself comes before its groups, and a group of more labels before one of fewer.
    func closeness(to id: HostID, _ labels: HostLabels) -> Int? {
        if let host { return host == id.name ? .max : nil }
        return group.flatMap { $0.contains(labels) ? $0.labelCount : nil }
    }
}
