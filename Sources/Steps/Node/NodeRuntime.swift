import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Transfer

/// Node in nvm's layout: the version's folder, the default alias, and nvm itself when the config names its archive.
struct NodeRuntime: Step {
    let id: StepID = "node-runtime"
    let phase = Phase.install
    let needs: Set<StepID> = ["layout"]
    private let node: NodeVersion
    private let settings: HostConfig.NodeRuntime
    private let host: Host
    private let alias: WantedFile

    init(_ settings: HostConfig.NodeRuntime, _ node: NodeVersion, _ host: Host) {
        self.settings = settings
        self.node = node
        self.host = host
        alias = WantedFile(
            path: node.defaultAlias, content: Array("\(node.number)\n".utf8), mode: 0o644,
            owner: host.owner)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        if let words = node.ignoredFolder() { context.warn(words) }
        let node = node, alias = alias, records = records, nvm = settings.nvmArchive
        let (check, shared) = (host.treeCheck(ownsFolder: true), host.treeCheck(ownsFolder: false))
        return try await onDisk { () throws(SystemCallError) in
            var found: [Difference] = []
            let trouble = try Self.trouble(in: node.folder, "\(records)/node-v\(node.number).json", check)
            if let difference = Difference(node.folder, trouble, wanted: "Node \(node.number)") {
                found.append(difference)
            }
            if let difference = try alias.difference() { found.append(difference) }
            if let nvm, let state = try Self.nvmTrouble(node.nvm, "\(records)/nvm.json", nvm.digest, shared) {
                found.append(Difference("\(node.nvm)/nvm.sh", found: state, wanted: "nvm"))
            }
            return found
        }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        var found = try await inspect(context)
        for (index, difference) in found.enumerated() where difference.what == node.folder {
            found[index] = await host.previewed(difference, try address("\(release)/\(archive)"))
        }
        return found
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let what = Set(differences.map(\.what))
        if what.contains("\(node.nvm)/nvm.sh"), let archive = settings.nvmArchive {
            try await installNvm(archive, context)
        }
        if what.contains(node.folder) {
            let record = "\(records)/node-v\(node.number).json"
            let known = await onOwnThread { () throws(Never) in InstallRecord.read(record) }
            try await host.refuseForeignFolders(known, in: node.folder)
            try await installNode(context)
        }
        try await onDisk { [alias] () throws(SystemCallError) in
            try Folders.make(Files.folder(of: alias.path))
            if try alias.difference() != nil { try alias.write() }
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let nvm = settings.nvmArchive == nil ? [] : [OwnedThing(.tree, node.nvm, content: "\(records)/nvm.json")]
        let folders = [node.nvm, "\(node.nvm)/versions", Files.folder(of: node.folder), Files.folder(of: alias.path)]
        let tree = OwnedThing(.tree, node.folder, content: "\(records)/node-v\(node.number).json")
        return try await Ownership.look(
            folders.map { OwnedThing(.folder, $0) } + nvm + [tree, alias.owned], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .tree: thing.name == node.folder || thing.name == node.nvm && settings.nvmArchive != nil
        case .file: thing.name == alias.path
        case .folder:
            "\(node.folder)/".hasFirstBytes("\(thing.name)/") || "\(alias.path)/".hasFirstBytes("\(thing.name)/")
        default: false
        }
    }

    /// Where the records of what was unpacked are kept.
    private var records: String { host.layout.records }

    /// What is wrong with an unpacked tree; what npm itself may change is not compared, but must be there.
    private static func trouble(
        in folder: String, _ record: String, _ check: TreeCheck
    ) throws(SystemCallError) -> [String] {
        guard try FileStatus.of("\(folder)/bin/node", followingLink: true) != nil else { return ["absent"] }
        guard let record = InstallRecord.read(record) else { return ["of unknown origin"] }
        let npm = "bin/npm"
        if try FileStatus.of("\(folder)/\(npm)", followingLink: true) == nil, try record.lists(npm) {
            return ["\(npm) is missing"]
        }
        return try record.drifts(in: folder, check) { path in
            !npms.contains { path == $0 || path.bytes.starts(with: $0.bytes + [UInt8(ascii: "/")]) }
        }
    }

    /// What npm replaces when it installs another npm, or what came with Node.
    private static let npms: [PathBytes] = [
        "lib/node_modules", "bin/npm", "bin/npx", "bin/corepack", "share/man/man1", "share/man/man5",
    ]

    private static func nvmTrouble(
        _ folder: String, _ record: String, _ digest: Digest, _ check: TreeCheck
    ) throws(SystemCallError) -> String? {
        guard let known = InstallRecord.read(record) else { return "absent" }
        return known.archiveDigest == digest.hex ? try known.drift(in: folder, check) : "another version"
    }

    // MARK: Node

    private var release: String { "\(settings.mirrorURL.text)/v\(node.number)" }
    private var archive: String { "node-v\(node.number)-linux-\(host.architecture.nodeName).tar.xz" }

    private func installNode(_ context: StepContext) async throws(StepFailure) {
        let name = archive
        let (tarball, list) = (try address("\(release)/\(name)"), try address("\(release)/SHASUMS256.txt"))
        try await asBundle { () throws(BundleError) in
            guard let digest = try await host.fetcher.checksums(list).listed(name) else {
                throw .badChecksum(url: list.description, reason: "holds no digest for \(name)")
            }
            let install = ArchiveInstall(host.fetcher, ArchiveSource(tarball, .digest(digest)), strip: 1)
            try await install.run(
                at: node.folder, version: node.number, record: "\(records)/node-v\(node.number).json"
            ) { context.tell($0) }
        }
    }

    private func address(_ text: String) throws(StepFailure) -> SourceURL {
        do throws(TransferError) { return try SourceURL(text) } catch { throw StepFailure(error) }
    }

    // MARK: nvm

    /// nvm's folder holds the versions too, so its own files are put in beside them one by one.
    private func installNvm(_ archive: HostConfig.NodeRuntime.NvmArchive, _ context: StepContext)
        async throws(StepFailure)
    {
        var source = ArchiveSource(try address(archive.url.text), .digest(archive.digest))
        source.size = archive.size.map(Int64.init)
        let record = "\(records)/nvm.json"
        let folder = node.nvm
        try await asBundle { [source] () throws(BundleError) in
            let install = ArchiveInstall(host.fetcher, source, strip: 1)
            try await install.merge(into: folder, version: "nvm", record: record) { context.tell($0) }
        }
    }
}
