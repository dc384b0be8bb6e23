import Bundles
import Engine
import HostConfig
import Platform
import Privileged

/// What of root's the files of bundles and of Node may do: capabilities(7), which go with the file that has them.
struct Capabilities: Step {
    static let name: StepID = "capabilities"
    let id = Capabilities.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host
    private let bundles: [BundleSource]

    /// One file, in the version in use.
    private struct File: Sendable {
        let path: String
        let wanted: FileCapabilities
        /// It is where it will be once it is installed, and cannot be anywhere yet.
        var isToCome = false

        var setting: String { CapabilitiesName(path: path).text }
    }

    /// Nil when the config gives none.
    init?(_ host: Host) {
        self.host = host
        bundles = host.bundles.filter { !$0.capabilities.isEmpty }
        let ofNode = host.configuration.node?.capabilities.isEmpty == false
        guard ofNode || !bundles.isEmpty else { return nil }
        needs = Set((bundles.isEmpty ? [] : [BundleLinks.name]) + (ofNode ? ["node-runtime"] : []))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let files = try await files()
        return try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            for file in files {
                let state = try Self.state(file)
                if state != file.wanted.text {
                    found.append(Difference(file.setting, found: state, wanted: file.wanted.text))
                }
            }
            return found
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let differing = Set(differences.map(\.what))
        for file in try await files() where differing.contains(file.setting) {
            let status = try await onDisk { () throws(SystemCallError) in try FileStatus.of(file.path) }
            guard status?.kind == .file else {
                throw StepFailure(
                    Explanation(
                        "is \(status.map { "a \($0.kind.rawValue)" } ?? "not there"), and only a file has capabilities",
                        at: file.path, hint: "name a program of it in \"capabilities\": where its links lead"))
            }
            try await asRoot { () throws(PrivilegedError) in
                try await host.helper.give(file.wanted, to: file.path, owner: host.account.name)
            }
        }
    }

    /// Those of versions that are not in use stay, for one of them may be again.
    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let (files, owned) = (try await files().filter { !$0.isToCome }, context.owned)
        let before = OwnedThing.settingsBefore(owned)
        let settings = try await onDisk { () throws(SystemCallError) in
            var settings: [OwnedThing] = []
            for file in files {
                guard let now = try CapabilitiesName(path: file.path).current() else { continue }
                settings.append(.setting(file.setting, file.wanted.text, before: before[file.setting] ?? now))
            }
            for thing in owned ?? [] where wants(thing) && !settings.contains(where: thing.isSame) {
                if try thing.settingNow() != nil { settings.append(thing) }
            }
            return settings
        }
        return try await Ownership.look(settings, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        guard thing.kind == .setting, let path = CapabilitiesName(thing.name)?.path else { return false }
        if let node = host.node, let settings = host.configuration.node,
            settings.capabilities.keys.contains(where: { path == "\(node.folder)/\($0)" })
        {
            return true
        }
        return bundles.contains { bundle in
            guard path.hasFirstBytes("\(host.store.folder(bundle.name))/") else { return false }
            // The version, whichever it is, and the rest.
            let rest = Substring(path.utf8.dropFirst(host.store.folder(bundle.name).utf8.count + 1))
            let parts = rest.parts(at: "/", maxSplits: 1)
            return parts.count == 2 && bundle.capabilities[String(parts[1])] != nil
        }
    }

    private func files() async throws(StepFailure) -> [File] {
        var files: [File] = []
        for bundle in bundles {
            let version = try await host.installed(bundle).record?.version
            let folder = version.map { host.store.folder(bundle.name, $0) } ?? host.store.currentLink(bundle.name)
            files += bundle.capabilities.map {
                File(path: "\(folder)/\($0.key)", wanted: $0.value, isToCome: version == nil)
            }
        }
        if let node = host.node, let settings = host.configuration.node {
            files += settings.capabilities.map { File(path: "\(node.folder)/\($0.key)", wanted: $0.value) }
        }
        return files.sorted { $0.path < $1.path }
    }

    private static func state(_ file: File) throws(SystemCallError) -> String {
        if file.isToCome { return "to be installed" }
        return try CapabilitiesName(path: file.path).current() ?? "absent"
    }
}

/// How what a file may do is called as a setting that is owned.
struct CapabilitiesName: Sendable {
    let path: String

    init(path: String) { self.path = path }

    /// Reads ``text``; nil for anything else.
    init?(_ text: String) {
        let prefix = "capabilities "
        guard text.hasFirstBytes("\(prefix)/") else { return nil }
        path = String(Substring(text.utf8.dropFirst(prefix.utf8.count)))
    }

    var text: String { "capabilities \(path)" }

    /// What it may do now; nil when it is not there.
    ///
    /// Blocks.
    func current() throws(SystemCallError) -> String? {
        guard try FileStatus.of(path) != nil else { return nil }
        return try FileCapabilities.of(path).text
    }
}
