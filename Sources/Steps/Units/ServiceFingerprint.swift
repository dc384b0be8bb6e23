import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Systemd

extension Host {
    /// A digest of all that a unit runs with: when it changes, the unit is restarted or, if it ends by itself, run again.
    ///
    /// `dropIns` are the paths of those that are in force for it.
    func fingerprint(_ specification: ServiceSpecification, dropIns: [String]) async throws(StepFailure) -> String {
        var parts = [try await unitText(specification) ?? ""]
        let text = try await ownText(specification)
        let usesAll = usesAll(specification, text)
        if usesAll { parts.append(try environmentText()) }
        let usesNode = usesAll || node.map { text.contains($0.folder) } == true
        if usesNode { parts.append(node?.number ?? "") }
        let used = bundles.filter { usesAll || uses($0.name, specification, text) }
        for bundle in used {
            let installed = try await installed(bundle)
            parts.append(installed.record?.archiveDigest ?? installed.wanted)
            // What runs from another place is to go there.
            if let root = bundle.root { parts.append(root) }
        }
        if usesNode { parts += Self.words(configuration.node?.capabilities ?? [:], of: "node") }
        parts += used.flatMap { Self.words($0.capabilities, of: $0.name) }
        for file in configuration.files where uses(file, specification, text) {
            parts.append("\(file.path)\n\(try await content(file).map { Digest.of($0).hex } ?? "")")
        }
        let others = dropIns.filter { AdministratorFiles.isDropIn($0, of: specification.unit, in: specification.scope) }
        var texts = try await onDisk { () throws(SystemCallError) in
            var texts: [String: String] = [:]
            // One that may not be read counts by its name.
            for path in others { texts[path] = (try? Files.text(path)) ?? nil ?? "" }
            return texts
        }
        // As they are to be, whatever lies there until they are written.
        for dropIn in specification.dropIns { texts[dropIn.file.path] = dropIn.text }
        parts += texts.sorted { $0.key < $1.key }.map { "\($0)\n\($1)" }
        return Digest.of(parts.joined(separator: "\0").utf8).hex
    }

    /// The names of the bundles that a unit runs with.
    func bundlesUsed(by specification: ServiceSpecification) async throws(StepFailure) -> [String] {
        let text = try await ownText(specification)
        return bundles.map(\.name).filter { usesAll(specification, text) || uses($0, specification, text) }
    }

    /// The digests of the archives whose versions a unit runs with, by bundle.
    func archivesUsed(by specification: ServiceSpecification) async throws(StepFailure) -> [String: String] {
        let (store, names) = (store, try await bundlesUsed(by: specification))
        return try await onDisk { () throws(SystemCallError) in
            var found: [String: String] = [:]
            for name in names {
                guard let current = try store.currentVersion(name) else { continue }
                found[name] = store.record(name, current)?.archiveDigest
            }
            return found
        }
    }

    /// The config's files that a unit runs with, by their paths.
    func filesUsed(by specification: ServiceSpecification) async throws(StepFailure) -> [String] {
        let text = try await ownText(specification)
        return configuration.files.filter { uses($0, specification, text) }.map(\.path)
    }

    /// A process has what its program had when it was started.
    private static func words(_ capabilities: [String: FileCapabilities], of owner: String) -> [String] {
        capabilities.map { "\(owner) \($0.key) \($0.value.text)" }.sorted()
    }

    /// It lies in the folder of the unit's name, or the unit file names it.
    private func uses(_ file: FileSettings, _ specification: ServiceSpecification, _ text: String) -> Bool {
        Files.folder(of: file.path) == "/etc/\(specification.unit.shortName)" || text.contains(file.path)
    }

    /// What the config says of a unit, in its file or in drop-ins.
    private func ownText(_ specification: ServiceSpecification) async throws(StepFailure) -> String {
        ([try await unitText(specification) ?? ""] + specification.dropIns.map(\.text)).joined(separator: "\n")
    }

    private func usesAll(_ specification: ServiceSpecification, _ text: String) -> Bool {
        staysUp(specification, text) || text.contains(configuration.environmentFile)
    }

    /// A service that stays up may use, by its environment, whatever there is; what ends or only waits uses what it names.
    private func staysUp(_ specification: ServiceSpecification, _ text: String) -> Bool {
        specification.unit.suffix == ".service" && !specification.isPackages && UnitText(text).serviceType != "oneshot"
    }

    /// The unit file comes from the bundle, or names a path in it.
    private func uses(_ bundle: String, _ specification: ServiceSpecification, _ text: String) -> Bool {
        if case .template(bundle, _) = specification.text { return true }
        if text.contains("\(store.folder(bundle))/") { return true }
        return bundle == "project-host" && text.contains("\(layout.bundleLink)/")
    }
}
