internal import JSON
internal import Platform

/// What a `package.json` says of its package (docs.npmjs.com, "package.json").
struct PackageJSON {
    private let folder: String
    private let path: String
    private let node: JSONNode

    /// Reads a folder's; nil when it has none.
    ///
    /// Blocks.
    private init?(_ folder: String) throws(ProjectError) {
        self.folder = folder
        path = "\(folder)/package.json"
        guard let bytes = try ProjectFile.read(path) else { return nil }
        do throws(JSONError) { node = try JSONNode(bytes) } catch {
            throw .unreadable(path: path, reason: error.explanation.summary)
        }
        guard case .object = node.kind else { throw .unreadable(path: path, reason: "is no JSON object") }
    }

    /// What a folder's package is called; nil when it is none.
    static func identity(_ folder: String) throws(ProjectError) -> ProjectIdentity? {
        try PackageJSON(folder)?.identity()
    }

    /// All of it; nil when the folder has none.
    static func project(_ folder: String) throws(ProjectError) -> Project? {
        guard let package = try PackageJSON(folder) else { return nil }
        let identity = try package.identity()
        let start = Result { () throws(ProjectError) in try package.start() }
        let asked = try package.askedNode()
        var remarks: [String] = []
        if case .object(let members)? = package.node["dependencies"]?.kind, !members.isEmpty,
            try !Project.has("\(folder)/node_modules", .folder)
        {
            remarks.append(
                "\(package.path) names dependencies, and there is no node_modules: npm ci --omit=dev in \(folder), then "
                    + "pack again with init --update and a version of its own")
        }
        return Project(identity: identity, file: package.path, start: start, askedNode: asked, remarks: remarks)
    }

    private func identity() throws(ProjectError) -> ProjectIdentity {
        ProjectIdentity(name: try text("name", of: node), version: try text("version", of: node))
    }

    /// `scripts.start`; else what npm starts without one, or what requires it gets.
    private func start() throws(ProjectError) -> StartCommand {
        if let script = try node["scripts"].flatMap({ (node) throws(ProjectError) in try text("start", of: node) }) {
            let place = "\(path): \"start\""
            let command = try StartCommand(script, from: place)
            guard case .host(let name) = command.program, !name.hasFirstBytes("/") else { return command }
            throw .badStart(
                place: place,
                reason: "runs \(name), which is npm's to find in node_modules, and systemd looks elsewhere")
        }
        for file in [try text("main", of: node), "server.js", "index.js"].compactMap(\.self) {
            guard file.withControlsShown.utf8.elementsEqual(file.utf8), !file.utf8.contains(where: { $0 < 0x20 }),
                try Project.has("\(folder)/\(file)", .file)
            else { continue }
            return StartCommand(.node, [file])
        }
        throw .noStart(path: path)
    }

    /// `.nvmrc` or `.node-version`, which are for developers, before `engines`, which is for whoever installs it.
    private func askedNode() throws(ProjectError) -> String? {
        for name in [".nvmrc", ".node-version"] {
            guard let text = try ProjectFile.text("\(folder)/\(name)") else { continue }
            if let line = text.byteLines.first, !line.isEmpty { return String(line) }
        }
        return try node["engines"].flatMap { (node) throws(ProjectError) in try text("node", of: node) }
    }

    private func text(_ name: String, of node: JSONNode) throws(ProjectError) -> String? {
        guard let value = node[name] else { return nil }
        guard let text = value.text else {
            throw .unreadable(path: path, reason: "\"\(name)\" is \(value.words), and should be a string")
        }
        return text
    }
}
