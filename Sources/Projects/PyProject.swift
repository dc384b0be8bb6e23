internal import Platform

/// What a `pyproject.toml` says of its project (packaging.python.org, "pyproject.toml specification").
struct PyProject {
    private let folder: String
    private let path: String
    private let values: [[String]: String?]

    /// Reads a folder's; nil when it has none.
    ///
    /// Blocks.
    private init?(_ folder: String) throws(ProjectError) {
        self.folder = folder
        path = "\(folder)/pyproject.toml"
        guard let text = try ProjectFile.text(path) else { return nil }
        do throws(TOMLError) { values = try TOMLReader.values(in: text) } catch {
            throw .unreadable(path: path, reason: "line \(error.line): \(error.words)")
        }
    }

    /// What a folder's project is called; nil when it is none.
    static func identity(_ folder: String) throws(ProjectError) -> ProjectIdentity? {
        try PyProject(folder)?.identity()
    }

    /// All of it; nil when the folder has none.
    static func project(_ folder: String) throws(ProjectError) -> Project? {
        guard let project = try PyProject(folder) else { return nil }
        let identity = try project.identity()
        let start = Result { () throws(ProjectError) in try project.start(identity.name) }
        var remarks: [String] = []
        if project.values[["project", "dependencies"]] != nil, try !Project.has("\(folder)/vendor", .folder) {
            remarks.append(
                "what \(project.path) names as dependencies is not in the folder: pip install --target \(folder)/vendor, or name "
                    + "Debian's python3-… packages in \"apt_packages\"; a virtual environment works only where it was made"
            )
        }
        return Project(identity: identity, file: project.path, start: start, askedNode: nil, remarks: remarks)
    }

    private func identity() throws(ProjectError) -> ProjectIdentity {
        ProjectIdentity(name: try text("name"), version: try text("version"))
    }

    /// What pip would make a program of, done without pip: the function is imported and called.
    private func start(_ name: String?) throws(ProjectError) -> StartCommand {
        let scripts = values.keys.filter { $0.count == 3 && $0[0] == "project" && $0[1] == "scripts" }
        let own = scripts.first { $0[2] == name } ?? (scripts.count == 1 ? scripts.first : nil)
        guard let own else {
            guard !scripts.isEmpty else { throw .noStart(path: path) }
            let names = scripts.map { $0[2] }.sorted().joined(separator: ", ")
            throw .badStart(place: path, reason: "has several in [project.scripts]: \(names)")
        }
        let place = "\(path): [project.scripts]"
        let halves = (values[own] ?? nil)?.parts(at: ":") ?? []
        let function = halves.last?.parts(at: ".").first
        guard halves.count == 2, let function, halves.allSatisfy(Self.isDotted) else {
            throw .badStart(place: place, reason: "\(own[2]) is no module:function")
        }
        return StartCommand(
            .python, ["-c", "import sys; from \(halves[0]) import \(function); sys.exit(\(halves[1])())"])
    }

    private static func isDotted(_ text: Substring) -> Bool {
        text.parts(at: ".").allSatisfy { part in
            guard let first = part.utf8.first else { return false }
            return part.isAlphanumeric(or: "_") && !(0x30...0x39).contains(first)
        }
    }

    private func text(_ name: String) throws(ProjectError) -> String? {
        guard let value = values[["project", name]] else { return nil }
        guard let text = value else {
            throw .unreadable(path: path, reason: "\"\(name)\" of [project] is no text of one line")
        }
        return text
    }
}
