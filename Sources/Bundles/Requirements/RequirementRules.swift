import Digests
import Platform
import Transfer

/// The schema's rules for `requirements` that are no mere types, and what spans several of them.
struct RequirementRules {
    /// The permission bits of a file of the bundle; nil when it has no such file.
    let mode: (String) -> UInt32?
    private var found: [String?] = []
    private var taken = Set<String>()
    private var programs = Set<String>()
    private var terms: [RequirementTerms] = []

    private init(_ mode: @escaping (String) -> UInt32?) { self.mode = mode }

    /// The first thing that is wrong, in words; nil when nothing is.
    ///
    /// `mode` has the permission bits of a file of the bundle, nil for what is none.
    static func trouble(_ requirements: BundleRequirements, mode: (String) -> UInt32?) -> String? {
        withoutActuallyEscaping(mode) { mode in
            var rules = RequirementRules(mode)
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
        for item in requirements.archives ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.generate ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.reach ?? [] { look(at: item.thing, item.terms) }
        for item in requirements.warmUp ?? [] { look(at: item.thing, item.terms) }
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

    private mutating func look(at archive: BundleRequirements.Archive, _ terms: RequirementTerms) {
        look(at: terms, of: archive.path)
        place(archive.path)
        download(archive.path, archive.url, archive.sha256, archive.size)
        let names = archive.files ?? ["x"]
        found += [
            names.isEmpty || Set(names).count < names.count || !names.allSatisfy(Self.isFileName)
                ? "the files of \"\(archive.path)\" are no names, each once" : nil,
            bounded(archive.maxUnpackedMB, 1...1 << 20, "max_unpacked_mb of \"\(archive.path)\""),
        ]
    }

    private mutating func look(at secret: BundleRequirements.Generate, _ terms: RequirementTerms) {
        look(at: terms, of: secret.path)
        place(secret.path)
        switch secret.kind {
        case .random(let bytes, _): found.append(bounded(bytes, 16...1024, "bytes of \"\(secret.path)\""))
        case .keyPair(_, let publicPath): place(publicPath)
        case .certificate(_, let path, let names, let days):
            place(path)
            found += [
                bounded(days, 1...36_500, "days of \"\(secret.path)\""),
                (1...100).contains(names.count) && Set(names).count == names.count
                    ? nil : "the names of \"\(secret.path)\" are not from 1 to 100, each once",
            ]
            for name in names where !Certificate.isName(name) {
                found.append("\"\(name)\" is no name or address of a host")
            }
        }
    }

    private mutating func look(at server: BundleRequirements.Reach, _ terms: RequirementTerms) {
        look(at: terms, of: server.address ?? server.url ?? "reach")
        found.append(bounded(server.withinSeconds, 1...3600, "within_seconds of reach"))
        switch (server.address, server.url) {
        case (let address?, nil):
            if HostPort(address) == nil { found.append("\"\(address)\" is no host and port, as in db.example:5432") }
        case (nil, let url?):
            found.append(url.hasPrefix("file:") ? "\"\(url)\" is no address of a server" : Self.address(url))
        default: found.append("one of reach has not one of address and url")
        }
    }

    private mutating func look(at warmUp: BundleRequirements.WarmUp, _ terms: RequirementTerms) {
        look(at: terms, of: warmUp.program)
        bundles(warmUp.program)
        if let mode = mode(warmUp.program), mode & 0o111 == 0 {
            found.append("\"\(warmUp.program)\", which is to run, is not executable")
        }
        // What each has done is written down by these two.
        if !programs.insert("\(warmUp.program)/\(terms.name ?? "")").inserted {
            found.append("\"\(warmUp.program)\" is to run twice: give each its \"name\"")
        }
        let arguments = warmUp.arguments ?? []
        found += [
            bounded(warmUp.timeoutSeconds, 1...86_400, "timeout_seconds of \"\(warmUp.program)\""),
            arguments.count <= 100 && arguments.allSatisfy { $0.utf8.count <= 4096 && !$0.utf8.contains(0) }
                ? nil : "\"\(warmUp.program)\" has more than 100 arguments, too long a one, or one with a NUL",
        ]
    }

    // MARK: What several kinds have

    private func bounded(_ number: Int?, _ range: ClosedRange<Int>, _ what: String) -> String? {
        number.map(range.contains) ?? true ? nil : "\(what) is not from \(range.lowerBound) to \(range.upperBound)"
    }

    /// A name that is no path, and none of those that filling a folder uses itself.
    private static func isFileName(_ text: String) -> Bool {
        ManifestRules.isRelative(text) && !text.utf8.contains(UInt8(ascii: "/")) && !text.hasPrefix(".")
            && text.utf8.count <= 200
    }

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
            Self.path(path), mode(path) != nil ? nil : "\"\(path)\", which is required, is no file of the bundle",
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
