import Platform
import Transfer

/// The schema's rules for `requirements` that are no mere types, and what spans several of them.
struct RequirementRules {
    /// Says whether the bundle has a file.
    let names: (String) -> Bool
    private var found: [String?] = []
    private var taken = Set<String>()
    private var terms: [RequirementTerms] = []

    private init(_ names: @escaping (String) -> Bool) { self.names = names }

    /// The first thing that is wrong, in words; nil when nothing is.
    ///
    /// `names` says whether the bundle has a file.
    static func trouble(_ requirements: BundleRequirements, names: (String) -> Bool) -> String? {
        withoutActuallyEscaping(names) { names in
            var rules = RequirementRules(names)
            rules.look(at: requirements)
            return rules.found.lazy.compactMap { $0 }.first ?? RequirementNeeds.trouble(rules.terms)
        }
    }

    private mutating func look(at requirements: BundleRequirements) {
        found.append(Self.priority(requirements.priority, "requirements"))
        for item in requirements.directories ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.files ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.databases ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.dependencies ?? [] { look(at: item.thing, item.terms) }
    }

    private mutating func look(at directory: BundleRequirements.Directory, _ terms: RequirementTerms) {
        look(at: terms, of: directory.path)
        place(directory.path, directory.mode)
    }

    private mutating func look(at file: BundleRequirements.File, _ terms: RequirementTerms) {
        look(at: terms, of: file.path)
        place(file.path, file.mode)
        bundles(file.template)
    }

    private mutating func look(at database: BundleRequirements.Database, _ terms: RequirementTerms) {
        look(at: terms, of: database.name)
        found += [
            ManifestRules.isPlain(database.name) ? nil : "the database \"\(database.name)\" has no plain name",
            database.sql?.isEmpty == true ? "the database \(database.name) has no SQL" : nil,
        ]
        claim("\(database.name).sqlite")
        for script in database.sql ?? [] { bundles(script) }
    }

    private mutating func look(at dependency: BundleRequirements.Dependency, _ terms: RequirementTerms) {
        look(at: terms, of: dependency.path)
        place(dependency.path, dependency.mode)
        download(dependency.path, dependency.url, dependency.sha256, dependency.size)
    }

    // MARK: What several kinds have

    private mutating func look(at terms: RequirementTerms, of what: String) {
        self.terms.append(terms)
        found.append(Self.priority(terms.priority, what))
        let needs = terms.needs ?? []
        if Set(needs).count < needs.count { found.append("\"\(what)\" needs something twice") }
    }

    /// Takes note of a place; one may be a folder in another: only the very same path cannot be two things.
    private mutating func claim(_ path: String) {
        if !taken.insert(path).inserted { found.append("\"\(path)\" is required twice") }
    }

    private mutating func place(_ path: String, _ mode: String? = nil) {
        found += [
            Self.path(path),
            mode.map(ManifestRules.isMode) ?? true
                ? nil : "\"\(path)\" has no good mode: four octal digits, no set-id bits",
        ]
        claim(path)
    }

    /// A file of the bundle.
    private mutating func bundles(_ path: String) {
        found += [
            Self.path(path), names(path) ? nil : "\"\(path)\", which is required, is no file of the bundle",
        ]
    }

    private mutating func download(_ path: String, _ url: String, _ sha256: String, _ size: Int64?) {
        found += [
            Self.address(url),
            ManifestRules.isSHA256(sha256)
                ? nil : "\"\(path)\" has no good sha256: 64 lower-case hexadecimal digits",
            size ?? 0 >= 0 ? nil : "\"\(path)\" has no good size: bytes",
        ]
    }

    private static func path(_ path: String) -> String? {
        ManifestRules.isRelative(path) ? nil : "\"\(path)\" is no path that stays where it belongs"
    }

    private static func priority(_ priority: Int?, _ what: String) -> String? {
        (0...1000).contains(priority ?? 0) ? nil : "the priority of \(what) is not from 0 to 1000"
    }

    private static func address(_ text: String) -> String? {
        guard ["https://", "file:///", "http://"].contains(where: text.hasPrefix), text.utf8.count <= 8192 else {
            return "\"\(text)\" is no address: https:, file:, or http: to loopback"
        }
        do throws(TransferError) { _ = try SourceURL(text) } catch { return error.explanation.summary }
        return nil
    }
}
