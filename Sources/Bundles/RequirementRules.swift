import Platform
import Transfer

/// The schema's rules for `requirements` that are no mere types, and what spans several of them.
enum RequirementRules {
    /// The first thing that is wrong, in words; nil when nothing is.
    ///
    /// `names` says whether the bundle has a file.
    static func trouble(_ requirements: BundleRequirements, names: (String) -> Bool) -> String? {
        var found: [String?] = [priority(requirements.priority, "requirements")]
        var taken = Set<String>()
        // One may be a folder in another: only the very same path cannot be two things.
        let claim = { (path: String) in
            taken.insert(path).inserted ? nil : "\"\(path)\" is required twice"
        }
        for directory in requirements.directories ?? [] {
            found += [
                place(directory.path, directory.mode), priority(directory.priority, directory.path),
                claim(directory.path),
            ]
        }
        for file in requirements.files ?? [] {
            found += [
                place(file.path, file.mode), priority(file.priority, file.path), claim(file.path),
                path(file.template), names(file.template) ? nil : noFile(file.template),
            ]
        }
        for database in requirements.databases ?? [] {
            found += [
                ManifestRules.isPlain(database.name) ? nil : "the database \"\(database.name)\" has no plain name",
                priority(database.priority, database.name), claim("\(database.name).sqlite"),
                database.sql.isEmpty ? "the database \(database.name) has no SQL" : nil,
            ]
            for script in database.sql { found += [path(script), names(script) ? nil : noFile(script)] }
        }
        for dependency in requirements.dependencies ?? [] {
            found += [
                place(dependency.path, dependency.mode), priority(dependency.priority, dependency.path),
                claim(dependency.path), address(dependency.url),
                ManifestRules.isSHA256(dependency.sha256)
                    ? nil : "\"\(dependency.path)\" has no good sha256: 64 lower-case hexadecimal digits",
                dependency.size ?? 0 >= 0 ? nil : "\"\(dependency.path)\" has no good size: bytes",
            ]
        }
        return found.lazy.compactMap { $0 }.first
    }

    private static func place(_ path: String, _ mode: String?) -> String? {
        if let reason = self.path(path) { return reason }
        return mode.map(ManifestRules.isMode) ?? true
            ? nil : "\"\(path)\" has no good mode: four octal digits, no set-id bits"
    }

    private static func path(_ path: String) -> String? {
        ManifestRules.isRelative(path) ? nil : "\"\(path)\" is no path that stays where it belongs"
    }

    private static func priority(_ priority: Int?, _ what: String) -> String? {
        (0...1000).contains(priority ?? 0) ? nil : "the priority of \(what) is not from 0 to 1000"
    }

    private static func noFile(_ path: String) -> String { "\"\(path)\", which is required, is no file of the bundle" }

    private static func address(_ text: String) -> String? {
        guard ["https://", "file:///", "http://"].contains(where: text.hasPrefix), text.utf8.count <= 8192 else {
            return "\"\(text)\" is no address: https:, file:, or http: to loopback"
        }
        do throws(TransferError) { _ = try SourceURL(text) } catch { return error.explanation.summary }
        return nil
    }
}
