import Platform

extension Field {
    /// Reads what files, by their relative paths, may do of root's.
    func capabilities() -> [String: FileCapabilities] {
        var files: [String: FileCapabilities] = [:]
        for (path, offset, value) in entries("an object keyed by relative path") ?? [] {
            if !path[...].isNormalPath {
                findings.add(
                    .badPath, at: offset, path: self.path,
                    "expected a relative path without \".\", \"..\" and needless slashes, found \(Quoting.quote(path))")
            }
            let names = value.elements("names of capabilities", minimum: 1)?.compactMap { name in
                name.text(
                    .badName, "a capability such as \"cap_net_bind_service\"", where: FileCapabilities.names.contains)
            }
            files[path] = names.flatMap { FileCapabilities(names: $0) }
        }
        return files
    }
}
