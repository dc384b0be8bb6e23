internal import Bundles
internal import Glibc
internal import Platform
internal import Projects

/// A project's folder as a bundle with a service: what is there, and what is to be written into it.
struct ServiceOutline: Sendable {
    let folder: String
    let name: String, version: String, architecture: String
    /// All of its units, in the order of their names.
    let units: [UnitFile]
    /// One that is not there yet.
    let newUnit: UnitFile?
    /// The manifest, where there is none.
    let newManifest: [UInt8]?
    let packages: [String]
    let node: String?
    private(set) var remarks: [String]

    /// What the archive is called.
    var archive: String { Self.archive(name, version, architecture) }

    static func archive(_ name: String, _ version: String, _ architecture: String) -> String {
        "\(name)-\(version)\(architecture == "any" ? "" : "-\(architecture)").tar.zst"
    }

    /// Looks at a folder.
    ///
    /// Blocks.
    init(_ folder: String, _ options: InitOptions) throws(FirstConfigError) {
        self.folder = folder
        let status = try onDisk { () throws(SystemCallError) in try FileStatus.of(folder, followingLink: true) }
        guard status?.kind == .folder else {
            throw .system(SystemCallError("open", folder, code: status == nil ? ENOENT : ENOTDIR))
        }
        let called = try Called(folder, options)
        let project = try Self.project(folder)
        let existing = try UnitFile.all(in: folder)
        let command = existing.isEmpty || options.start != nil ? try Self.command(options, project, folder) : nil
        let unit = try command.map { (command) throws(FirstConfigError) in
            UnitFile(starting: command, of: called.name, python: try Self.modules(folder))
        }
        if let unit, existing.contains(where: { $0.name == unit.name }) {
            throw .exists(
                path: "\(folder)/\(unit.name)", remedy: "leave --start out to take it as it is, or move it away")
        }
        let own = try command.flatMap { (command) throws(FirstConfigError) in try Self.ownFile(command, folder) }
        (name, version) = (called.name, called.version)
        architecture = called.known.architecture ?? own?.machine?.rawValue ?? "any"
        newUnit = unit
        units = existing + [unit].compactMap(\.self)
        newManifest = try Self.manifest(folder, called, architecture, own?.path)
        node = options.node ?? project?.plainNode
        let needsNode = command?.program == .node || existing.contains(where: \.usesNode)
        let takesDebians = needsNode && node == nil
        packages =
            (takesDebians ? ["nodejs"] : []) + (command?.program == .python ? ["python3"] : [])
        let asked = takesDebians ? project?.askedNode : nil
        remarks =
            asked.map {
                [
                    "the project asks for Node \($0), and gets whichever the host's Debian or Ubuntu has: --node VERSION names one "
                        + "of nodejs.org's"
                ]
            } ?? []
        remarks += project?.remarks ?? []
        remarks += existing.filter(\.isRoots).map {
            "\(folder)/\($0.name) has no User=, so that it runs as root: User=@BOOTSTRAP_USER@ is the bootstrap user"
        }
    }

    /// Name and version, and what of them the folder says itself.
    private struct Called {
        let name: String, version: String
        let known: BundlePacker.Identity

        init(_ folder: String, _ options: InitOptions) throws(FirstConfigError) {
            known = try packing { () throws(BundleError) in
                try BundlePacker(folder, BundlePacker.Identity(), sourceDate: nil).knownIdentity()
            }
            try ServiceOutline.agree("--name", options.name, known.name, folder)
            try ServiceOutline.agree("--bundle-version", options.version, known.version, folder)
            let real = try onDisk { () throws(SystemCallError) in try Outline.realPath(folder) }
            guard let name = options.name ?? known.name ?? ProjectIdentity.bundleName(Files.name(of: real)) else {
                throw .unusable(option: "--name", reason: "is missing, and the folder's name is none for a bundle")
            }
            self.name = name
            version = options.version ?? known.version ?? "0.1.0"
            try ServiceOutline.check(version: version)
        }
    }

    /// It is a part of a file's name.
    static func check(version: String) throws(FirstConfigError) {
        guard PlainName.isValid(version), version.utf8.count <= 100 else {
            throw .unusable(
                option: "--bundle-version",
                reason: "\(version) is no plain name of letters, digits, \".\", \"_\", \"+\" and \"-\"")
        }
    }

    /// What the folder says already, nobody need say otherwise.
    private static func agree(
        _ option: String, _ specification: String?, _ known: String?, _ folder: String
    ) throws(FirstConfigError) {
        guard let specification, let known, !specification.hasSameBytes(as: known) else { return }
        throw .unusable(
            option: option, reason: "is \(specification), and \(folder) itself says \(known): change it there")
    }

    private static func project(_ folder: String) throws(FirstConfigError) -> Project? {
        do throws(ProjectError) { return try Project.of(folder) } catch { throw .project(error) }
    }

    private static func command(
        _ options: InitOptions, _ project: Project?, _ folder: String
    ) throws(FirstConfigError) -> StartCommand {
        do throws(ProjectError) {
            if let line = options.start { return try StartCommand(line, from: "--start") }
            if let project { return try project.start.get() }
        } catch { throw .project(error) }
        throw .noStart(folder: folder)
    }

    /// Folders in which a program in Python keeps modules of its own and of others.
    private static func modules(_ folder: String) throws(FirstConfigError) -> [String] {
        var modules = [""]
        for (name, isFirst) in [("src", true), ("vendor", false)] {
            let status = try onDisk { () throws(SystemCallError) in
                try FileStatus.of("\(folder)/\(name)", followingLink: true)
            }
            guard status?.kind == .folder else { continue }
            modules.insert(name, at: isFirst ? 0 : modules.endIndex)
        }
        return modules
    }

    /// The project's own file that is run, and the machine that it is for, if it is no script.
    private static func ownFile(
        _ command: StartCommand, _ folder: String
    ) throws(FirstConfigError) -> (path: String, machine: ElfMachine?)? {
        switch command.program {
        case .own(let path):
            let file = "\(folder)/\(path)"
            let status = try onDisk { () throws(SystemCallError) in try FileStatus.of(file, followingLink: true) }
            guard let status, status.kind == .file, status.mode & 0o111 != 0 else {
                let reason =
                    status == nil ? "there is no \(file)" : "\(file) is no program: chmod +x makes a script one"
                throw .unusable(option: "--start", reason: reason)
            }
            let head = try onDisk { () throws(SystemCallError) in
                var head = [UInt8](repeating: 0, count: 20)
                _ = try Descriptor.open(file, O_RDONLY).read(into: &head, path: file)
                return head
            }
            return (path, ElfMachine(head: head))
        case .node, .python:
            guard let path = command.arguments.first, path.utf8.first != UInt8(ascii: "-") else { return nil }
            let bare = path.hasFirstBytes("./") ? String(Substring(path.utf8.dropFirst(2))) : path
            let status = try onDisk { () throws(SystemCallError) in try FileStatus.of("\(folder)/\(bare)") }
            return status?.kind == .file && !bare.utf8.contains(UInt8(ascii: ":")) ? (bare, nil) : nil
        case .host: return nil
        }
    }

    /// One for a folder that has none; nil: there is one.
    ///
    /// Of what the project's own file says, nothing is said again: its version would stay behind.
    private static func manifest(
        _ folder: String, _ called: Called, _ architecture: String, _ start: String?
    ) throws(FirstConfigError) -> [UInt8]? {
        let path = "\(folder)/\(BundleManifest.fileName)"
        guard try onDisk({ () throws(SystemCallError) in try FileStatus.of(path) }) == nil else { return nil }
        var members: [(name: String, value: IndentedJSON)] = [("schema_version", .number(1))]
        if called.known.name == nil { members.append(("name", .text(called.name))) }
        if called.known.version == nil { members.append(("version", .text(called.version))) }
        members.append(("arch", .text(architecture)))
        if let start { members.append(("entry_points", .object([("start", .text(start))]))) }
        return IndentedJSON.object(members).bytes
    }
}
