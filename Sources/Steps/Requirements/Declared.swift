import Bundles
import Digests
import Engine
import HostConfig
import Platform

/// A requirement of one bundle, and on what terms.
struct Declared: Sendable {
    let requirement: any Requirement
    let bundle: String
    let terms: RequirementTerms
    /// The lower, the earlier.
    let priority: Int
}

/// What a bundle's version declares, for this host.
struct DeclaringBundle {
    let name: String
    /// The version's folder.
    let folder: String
    /// Where what it requires lies.
    let data: String
    let user: UInt32
    let host: Host

    /// All of it, kind by kind.
    func all(_ declared: BundleRequirements) -> [Declared] {
        var all = list(declared.directories, declared, usual: 5) { item in
            RequiredFolder(placement: place(item.path, .folder, item.mode, 0o755), host: host)
        }
        all += list(declared.databases, declared, usual: 10) { item in
            RequiredDatabase(
                path: "\(data)/\(item.name).sqlite", scripts: (item.sql ?? []).map { "\(folder)/\($0)" }, host: host)
        }
        all += list(declared.files, declared, usual: 100) { item in
            RequiredFile(
                placement: place(item.path, .file, item.mode, 0o600), template: "\(folder)/\(item.template)",
                host: host, values: values)
        }
        all += list(declared.dependencies, declared, usual: 100) { item in
            guard let digest = Digest(hex: item.sha256) else { return nil }
            return RequiredDependency(
                placement: place(item.path, .file, item.mode, 0o644), url: item.url, digest: digest, size: item.size,
                host: host)
        }
        return all
    }

    private func list<Thing>(
        _ items: [Required<Thing>]?, _ declared: BundleRequirements, usual: Int,
        _ make: (Thing) -> (any Requirement)?
    ) -> [Declared] {
        (items ?? []).compactMap { item in
            make(item.thing).map { requirement in
                Declared(
                    requirement: requirement, bundle: name, terms: item.terms,
                    priority: item.terms.priority ?? declared.priority ?? usual)
            }
        }
    }

    private func place(_ path: String, _ kind: FileStatus.Kind, _ mode: String?, _ usual: UInt32) -> Placement {
        Placement(
            path: "\(data)/\(path)", kind: kind, mode: mode.flatMap { UInt32($0, radix: 8) } ?? usual, user: user)
    }

    /// What a template's names stand for.
    private var values: @Sendable () throws(StepFailure) -> [String: String] {
        let (host, own) = (host, ["DATA": data, "BUNDLE": folder])
        return { () throws(StepFailure) in
            let known = host.places.merging(own) { _, own in own }
            return known.merging(try host.environmentValues()) { _, own in own }
        }
    }
}
