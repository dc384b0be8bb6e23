import Engine
import HostConfig
import Platform
import Transfer

/// What stands between two @ in a text, on this host.
extension Host {
    /// What the names stand for; without those that nobody knows here.
    var places: [String: String] {
        Placeholder.allCases.reduce(into: [:]) { $0[$1.rawValue] = value(of: $1) }
    }

    /// A text of the config's, in which what only looks like a name stays.
    /// - Throws: that it names what nobody knows here.
    func filled(_ text: String) throws(StepFailure) -> String {
        for place in Placeholder.allCases where value(of: place) == nil && text.contains("@\(place.rawValue)@") {
            throw StepFailure(unknown(place, at: nil))
        }
        return Template(values: places).fillKnown(text)
    }

    /// The text of a bundle's unit file, which may name what is the bundle's own besides.
    func filled(_ text: String, of file: String, besides own: [String: String]) throws(StepFailure) -> String {
        do throws(Template.UnknownPlace) {
            return try Template(values: places.merging(own) { first, _ in first }).fill(text)
        } catch {
            if let place = Placeholder(rawValue: error.name) { throw StepFailure(unknown(place, at: file)) }
            throw StepFailure(
                .unhealthy,
                Explanation(
                    "@\(error.name)@ stands for nothing", at: file,
                    hint: "a unit file may use \(error.known.map { "@\($0)@" }.joined(separator: ", "))"))
        }
    }

    private func unknown(_ place: Placeholder, at file: String?) -> Explanation {
        let name = "@\(place.rawValue)@"
        if place == .publicAddress, let trouble = publicAddress.trouble {
            return Explanation("\(name) is not known: \(trouble.summary)", at: file, hint: trouble.hint)
        }
        let why = facts.address.map { "\($0) is no public address" } ?? "it has no route to other networks"
        return Explanation(
            "\(name) is not known: this machine is of no cloud that could be asked, and \(why)", at: file,
            hint: "write the address itself in the config; ip route shows the routes")
    }

    private func value(of place: Placeholder) -> String? {
        switch place {
        case .bootstrapUser: account.name
        case .bootstrapRoot: layout.root
        case .environmentFile: configuration.environmentFile
        case .home: account.home
        case .node: node.map { "\($0.folder)/bin/node" } ?? "/usr/bin/node"
        case .mountPoint: configuration.btrfs?.mountPoint ?? "/btrfs"
        // The one that the host gets in this run, not the one that it had when the run began.
        case .hostname: configuration.hostSettings[.hostname] ?? facts.hostname
        case .architecture: architecture.rawValue
        case .processors: "\(facts.processors)"
        case .memory: "\(facts.memoryMebibytes)"
        case .privateAddress: facts.address?.description
        case .publicAddress: publicAddress.value?.description
        }
    }
}

/// The address by which others reach this machine.
///
/// A cloud is asked only when somebody may want to know, once in a process, so that all of a run means the same.
struct PublicAddress: Sendable {
    var value: InternetAddress?
    /// Why the cloud did not say.
    var trouble: Explanation?

    private static let asked = AskedCloud()

    static func of(_ facts: HostFacts, for configuration: HostConfiguration) async -> PublicAddress {
        let isNamed = String(decoding: configuration.source, as: UTF8.self).contains(Placeholder.publicAddress.rawValue)
        let mayBeNamed = configuration.services.contains { if case .bundle = $0.definition { true } else { false } }
        if let cloud = facts.cloud, isNamed || mayBeNamed { return await asked.answer(InstanceMetadata(cloud)) }
        return PublicAddress(value: facts.address.flatMap { $0.isPublic ? $0 : nil })
    }

    private actor AskedCloud {
        private var answer: Task<PublicAddress, Never>?

        func answer(_ metadata: InstanceMetadata) async -> PublicAddress {
            let task =
                answer
                ?? Task {
                    do throws(TransferError) {
                        if let address = try await metadata.publicAddress() { return PublicAddress(value: address) }
                        return PublicAddress(
                            trouble: Explanation(
                                "the cloud says that this machine has none",
                                hint: "give it one, or write in the config what leads to it"))
                    } catch {
                        return PublicAddress(trouble: error.explanation)
                    }
                }
            answer = task
            return await task.value
        }
    }
}
