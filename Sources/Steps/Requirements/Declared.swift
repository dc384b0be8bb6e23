import Archives
import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Transfer

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
    let name: String, version: String
    /// The version's folder.
    let folder: String
    /// Where what it requires lies.
    let data: String
    let user: UInt32
    let host: Host

    /// All of it, kind by kind.
    func all(_ declared: BundleRequirements) -> [Declared] {
        var all = list(declared.directories, declared, usual: 5) { item, _ in
            RequiredFolder(placement: place(item.path, .folder, item.mode, 0o755), host: host)
        }
        all += list(declared.databases, declared, usual: 10) { item, _ in
            RequiredDatabase(
                path: "\(data)/\(item.name).sqlite", scripts: (item.sql ?? []).map { "\(folder)/\($0)" }, host: host)
        }
        all += list(declared.files, declared, usual: 100) { item, _ in
            RequiredFile(
                placement: place(item.path, .file, item.mode, 0o600), template: "\(folder)/\(item.template)",
                host: host, values: values)
        }
        all += list(declared.dependencies, declared, usual: 100) { item, _ in
            guard let digest = Digest(hex: item.sha256) else { return nil }
            return RequiredDependency(
                placement: place(item.path, .file, item.mode, 0o644), url: item.url, digest: digest, size: item.size,
                host: host)
        }
        all += list(declared.archives, declared, usual: 100, archive)
        all += list(declared.generate, declared, usual: 20, secret)
        all += list(declared.reach, declared, usual: 100, server)
        all += list(declared.warmUp, declared, usual: 200, warmUp)
        return all
    }

    private func archive(_ item: BundleRequirements.Archive, _ terms: RequirementTerms) -> (any Requirement)? {
        guard let digest = Digest(hex: item.sha256), let url = try? SourceURL(item.url) else { return nil }
        return RequiredArchive(
            placement: place(item.path, .folder, nil, 0o755), url: url, digest: digest, size: item.size,
            files: item.files.map { FileSet($0, in: "\(data)/\(item.path)") },
            limits: .init(bytes: Int64(item.maxUnpackedMB ?? 4096) << 20), host: host)
    }

    private func secret(_ item: BundleRequirements.Generate, _ terms: RequirementTerms) -> (any Requirement)? {
        let companion: String? =
            switch item.kind {
            case .random: nil
            case .keyPair(_, let path), .certificate(_, let path, _, _): "\(data)/\(path)"
            }
        return RequiredSecret(
            placement: place(item.path, .file, nil, 0o600), kind: item.kind, companion: companion, host: host)
    }

    private func server(_ item: BundleRequirements.Reach, _ terms: RequirementTerms) -> (any Requirement)? {
        let port = item.address.flatMap { HostPort($0) }.map { RequiredReach.Target.port($0) }
        let url = item.url.flatMap { try? SourceURL($0) }.map { RequiredReach.Target.url($0) }
        return (port ?? url).map { target in
            RequiredReach(target: target, within: .seconds(item.withinSeconds ?? 30), host: host)
        }
    }

    private func warmUp(_ item: BundleRequirements.WarmUp, _ terms: RequirementTerms) -> (any Requirement)? {
        let id = Digest.of("\(item.program)/\(terms.name ?? "")".utf8).hex.prefix(16)
        return RequiredWarmUp(
            program: "\(folder)/\(item.program)", arguments: item.arguments ?? [],
            time: .seconds(item.timeoutSeconds ?? 300), version: version, folder: data,
            stamp: "\(data)/.host-bootstrap/warm-up-\(id)", host: host, own: ["DATA": data, "BUNDLE": folder])
    }

    private func list<Thing>(
        _ items: [Required<Thing>]?, _ declared: BundleRequirements, usual: Int,
        _ make: (Thing, RequirementTerms) -> (any Requirement)?
    ) -> [Declared] {
        (items ?? []).compactMap { item in
            make(item.thing, item.terms).map { requirement in
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
