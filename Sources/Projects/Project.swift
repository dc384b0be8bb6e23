internal import Platform

/// What a folder's own project file says, as far as somebody needs it who starts the program.
public struct Project: Sendable {
    /// What it is called.
    public let identity: ProjectIdentity
    /// The file that says so, as in `web/package.json`.
    public let file: String
    /// What starts it; or why that cannot be told.
    public let start: Result<StartCommand, ProjectError>
    /// The version of Node that it asks for, as it is written, maybe a range; nil when it names none.
    public let askedNode: String?
    /// What its author has to see to, a sentence each.
    public let remarks: [String]

    /// The same when it is one exact version, as in `22.20.0`, or all of a major one, as in `22` or `22.x`.
    public var plainNode: String? {
        guard let text = askedNode else { return nil }
        let bare = text.hasFirstBytes("v") ? Substring(text.utf8.dropFirst()) : text[...]
        let numbers = bare.parts(at: ".")
        let isMajor = numbers.count == 1 || numbers.dropFirst().allSatisfy { ["x", "*"].contains($0) }
        if isMajor, numbers[0].isDecimal { return String(numbers[0]) }
        return numbers.count == 3 && numbers.allSatisfy(\.isDecimal) ? String(bare) : nil
    }

    /// Looks into `package.json`, or else `pyproject.toml`; nil when there is neither.
    ///
    /// Blocks.
    public static func of(_ folder: String) throws(ProjectError) -> Project? {
        if let package = try PackageJSON.project(folder) { return package }
        return try PyProject.project(folder)
    }

    static func has(_ path: String, _ kind: FileStatus.Kind) throws(ProjectError) -> Bool {
        do throws(SystemCallError) { return try FileStatus.of(path, followingLink: true)?.kind == kind } catch {
            throw .system(error)
        }
    }
}
