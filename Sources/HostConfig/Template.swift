/// Fills in the `@NAME@` places of a text.
public struct Template: Sendable {
    /// What each name stands for.
    private let values: [String: String]

    /// With what each name stands for.
    public init(values: [String: String]) { self.values = values }

    /// The text with every known name replaced.
    ///
    /// A name is capital letters and underscores between two @; anything else, such as a mail address, stays.
    public func fill(_ text: String) throws(UnknownPlace) -> String {
        let (filled, unknown) = replace(text)
        if let name = unknown.first { throw UnknownPlace(name: name, known: values.keys.sorted()) }
        return filled
    }

    /// The same for a text that may hold what only looks like a name: that stays.
    public func fillKnown(_ text: String) -> String { replace(text).filled }

    /// The names in a text that stand for nothing, or only look like names.
    public func unknown(in text: String) -> [String] { replace(text).unknown }

    private func replace(_ text: String) -> (filled: String, unknown: [String]) {
        let at = UInt8(ascii: "@"), capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        var result: [UInt8] = []
        var unknown: [String] = []
        // By bytes: a combining mark behind it would make another character of the closing @.
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let letters = rest.prefix { capitals.contains($0) || $0 == UInt8(ascii: "_") }
            guard byte == at, !letters.isEmpty, rest.dropFirst(letters.count).first == at else {
                result.append(byte)
                continue
            }
            let name = String(decoding: letters, as: UTF8.self)
            guard let value = values[name] else {
                unknown.append(name)
                result.append(byte)
                continue
            }
            result += value.utf8
            rest = rest.dropFirst(letters.count + 1)
        }
        return (String(decoding: result, as: UTF8.self), unknown)
    }

    /// A name that the host has no value for.
    public struct UnknownPlace: Error, Equatable {  // not told: the step that fills the template has its words.
        /// The name, without its @.
        public let name: String
        /// Those that there are.
        public let known: [String]
    }
}

/// What may stand between two @ in units, files and the environment, and is filled in on the host.
public enum Placeholder: String, Sendable, CaseIterable {
    /// The config's own words.
    case bootstrapUser = "BOOTSTRAP_USER", bootstrapRoot = "BOOTSTRAP_ROOT", environmentFile = "ENVIRONMENT_FILE"
    /// Where the bootstrap user is at home, where Node is, and where the btrfs is mounted.
    case home = "HOME", node = "NODE", mountPoint = "MOUNT_POINT"
    /// What the machine is called, as uname(2) names its processor, how many of these run, and its memory in MiB.
    case hostname = "HOSTNAME", architecture = "ARCH", processors = "CPUS", memory = "MEMORY_MB"
    /// The address from which it reaches other networks, and the one by which others reach it.
    case privateAddress = "PRIVATE_IP", publicAddress = "PUBLIC_IP"

    /// Refuses a text that names another.
    static func check(_ text: String, _ field: Field) {
        let names = allCases.map(\.rawValue)
        let template = Template(values: Dictionary(names.map { ($0, "") }) { first, _ in first })
        do throws(Template.UnknownPlace) { _ = try template.fill(text) } catch {
            let meant = NearestName.of(error.name, among: names.map { $0.lowercased() })?.uppercased()
            field.refuse(
                .badValue,
                "@\(error.name)@ stands for nothing\(meant.map { "; did you mean @\($0)@?" } ?? ""); there are "
                    + error.known.map { "@\($0)@" }.joined(separator: ", "))
        }
    }
}
