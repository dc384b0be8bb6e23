import Platform

/// The content of every file beneath a folder, by path.
func tree(_ folder: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try Folders.names(in: folder) {
        let path = "\(folder)/\(name)"
        guard try FileStatus.of(path)?.kind == .folder else {
            found[name] = try Files.text(path)
            continue
        }
        for (below, text) in try tree(path) { found["\(name)/\(below)"] = text }
    }
    return found
}

/// Writes a file, the folders above it made.
func write(_ path: String, _ text: String) throws {
    try Folders.make(Files.folder(of: path))
    try Files.replace(path, with: Array(text.utf8), mode: 0o644)
}
