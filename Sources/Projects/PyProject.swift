/// What a `pyproject.toml` says of its project (packaging.python.org, "pyproject.toml specification").
enum PyProject {
    /// Reads a folder's; nil when it has none.
    ///
    /// Blocks.
    static func identity(_ folder: String) throws(ProjectError) -> ProjectIdentity? {
        let path = "\(folder)/pyproject.toml"
        guard let text = try ProjectFile.text(path) else { return nil }
        let values: [[String]: String?]
        do throws(TOMLError) { values = try TOMLReader.values(in: text) } catch {
            throw .unreadable(path: path, reason: "line \(error.line): \(error.words)")
        }
        return ProjectIdentity(
            name: try Self.text(values, "name", path), version: try Self.text(values, "version", path))
    }

    private static func text(
        _ values: [[String]: String?], _ name: String, _ path: String
    ) throws(ProjectError) -> String? {
        guard let value = values[["project", name]] else { return nil }
        guard let text = value else {
            throw .unreadable(path: path, reason: "\"\(name)\" of [project] is no text of one line")
        }
        return text
    }
}
