internal import JSON
internal import Platform

/// What a `package.json` says of its package (docs.npmjs.com, "package.json").
struct PackageJSON: Sendable, Equatable {
    static let fileName = "package.json"

    let name: String?, version: String?

    var identity: ProjectIdentity { ProjectIdentity(name: name, version: version) }

    /// Reads a folder's; nil when it has none.
    ///
    /// Blocks.
    static func read(_ folder: String) throws(ProjectError) -> PackageJSON? {
        let path = "\(folder)/\(fileName)"
        guard let bytes = try ProjectFile.read(path) else { return nil }
        let node: JSONNode
        do throws(JSONError) { node = try JSONNode(bytes) } catch {
            throw .unreadable(path: path, reason: error.explanation.summary)
        }
        guard case .object = node.kind else { throw .unreadable(path: path, reason: "is no JSON object") }
        return PackageJSON(name: try text(node, "name", path), version: try text(node, "version", path))
    }

    private static func text(_ node: JSONNode, _ name: String, _ path: String) throws(ProjectError) -> String? {
        guard let value = node[name] else { return nil }
        guard let text = value.text else {
            throw .unreadable(path: path, reason: "\"\(name)\" is \(value.words), and should be a string")
        }
        return text
    }
}
