internal import Platform

/// What hosts are told apart by: words such as `web`, or words with a value such as `zone=a`.
struct HostLabels: Sendable, Equatable {
    /// An empty value is that of a word alone.
    private(set) var values: [String: String] = [:]

    /// As the database has them.
    init(stored text: String) {
        for word in text.parts(at: ",", omittingEmpty: true) {
            let parts = word.parts(at: "=", maxSplits: 1).map(String.init)
            values[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
    }

    /// In the order of their names, with commas between.
    var text: String {
        values.sorted { $0.key < $1.key }.map { $1.isEmpty ? $0 : "\($0)=\($1)" }.joined(separator: ",")
    }

    mutating func apply(_ changes: [LabelChange]) {
        for change in changes { values[change.name] = change.value }
    }
}

/// A label that a host is to have, or no longer.
public struct LabelChange: Sendable, Equatable {
    let name: String
    /// Empty for a word alone; nil: it goes.
    let value: String?

    /// Takes `NAME` or `NAME=VALUE`, or `NAME-` for one that goes.
    public init(_ text: String) throws(HubError) {
        let parts = text.parts(at: "=", maxSplits: 1).map(String.init)
        let goes = parts.count == 1 && text.hasLastBytes("-")
        name = goes ? String(Substring(text.utf8.dropLast())) : parts[0]
        value = goes ? nil : parts.count == 2 ? parts[1] : ""
        guard Self.isName(name), parts.count == 1 || Self.isName(parts[1]), name != HostGroup.everyHost else {
            throw .rollout(.badLabel(text))
        }
    }

    static func isName(_ text: String) -> Bool {
        SafeName.isValid(text, alsoIn: "._-") && text.utf8.count <= 63 && !text.hasLastBytes("-")
    }
}

/// Some hosts of the fleet, by their labels.
public struct HostGroup: Sendable, Equatable {
    /// The word for all of them.
    static let everyHost = "all"

    /// As it was given.
    let text: String
    /// A name alone asks for the label whatever its value.
    private let wanted: [(name: String, value: String?)]

    /// Takes labels that a host must have, all of them, with commas between; `all` is every host.
    public init(_ text: String) throws(HubError) {
        self.text = text
        guard text != Self.everyHost else {
            wanted = []
            return
        }
        wanted = text.parts(at: ",").map { word in
            let parts = word.parts(at: "=", maxSplits: 1).map(String.init)
            return (parts[0], parts.count == 2 ? parts[1] : nil)
        }
        guard wanted.allSatisfy({ LabelChange.isName($0.name) && $0.value.map(LabelChange.isName) ?? true }) else {
            throw .rollout(.badGroup(text))
        }
    }

    var isEveryHost: Bool { text == Self.everyHost }
    /// Each once; the word for every host for those.
    var labels: Set<String> { Set(text.parts(at: ",").map(String.init)) }

    func contains(_ labels: HostLabels) -> Bool {
        wanted.allSatisfy { name, value in
            labels.values[name].map { found in value.map { $0 == found } ?? true } ?? false
        }
    }

    /// Two are the same that are written alike.
    public static func == (one: HostGroup, other: HostGroup) -> Bool { one.text == other.text }
}
