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
        let template = Template(values: places)
        if let place = template.unknown(in: text).compactMap(Placeholder.init).first {
            throw StepFailure(unknown(place, at: nil))
        }
        return template.fillKnown(text)
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
