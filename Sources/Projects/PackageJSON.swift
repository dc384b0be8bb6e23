internal import JSON
internal import Platform

/// What a `package.json` says of its package (docs.npmjs.com, "package.json").
enum PackageJSON {
    /// Reads a folder's; nil when it has none.
    ///
    /// Blocks.
    static func identity(_ folder: String) throws(ProjectError) -> ProjectIdentity? {
        let path = "\(folder)/package.json"
        guard let bytes = try ProjectFile.read(path) else { return nil }
        let node: JSONNode
        do throws(JSONError) { node = try JSONNode(bytes) } catch {
            throw .unreadable(path: path, reason: error.explanation.summary)
        }
        guard case .object = node.kind else { throw .unreadable(path: path, reason: "is no JSON object") }
        return ProjectIdentity(name: try text(node, "name", path), version: try text(node, "version", path))
    }

    private static func text(_ node: JSONNode, _ name: String, _ path: String) throws(ProjectError) -> String? {
        guard let value = node[name] else { return nil }
        guard let text = value.text else {
            throw .unreadable(path: path, reason: "\"\(name)\" is \(value.words), and should be a string")
        }
        return text
    }
}
