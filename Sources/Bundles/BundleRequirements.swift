import JSON

/// What must be there before a bundle's services start, as its manifest declares it.
///
/// All of it lies in the bundle's own folder of data, to which every path is relative.
public struct BundleRequirements: Sendable, Codable, Equatable {
    /// A folder.
    public struct Directory: Sendable, Codable, Equatable {
        /// Where it lies.
        public let path: String
        /// Permission bits in octal; `0755` unless given.
        public let mode: String?
        /// The lower, the earlier; 5 unless given.
        public let priority: Int?
    }

    /// A file made from a template in the bundle.
    public struct File: Sendable, Codable, Equatable {
        /// Where it lies.
        public let path: String
        /// The template's path in the bundle.
        public let template: String
        /// Permission bits in octal; `0600` unless given.
        public let mode: String?
        /// The lower, the earlier; 100 unless given.
        public let priority: Int?
    }

    /// An SQLite database made by scripts in the bundle.
    public struct Database: Sendable, Codable, Equatable {
        /// A plain name; the file is called `NAME.sqlite`.
        public let name: String
        /// Paths of the scripts in the bundle, oldest first; the file's `user_version` counts those done.
        public let sql: [String]
        /// The lower, the earlier; 10 unless given.
        public let priority: Int?
    }

    /// A file that is fetched.
    public struct Dependency: Sendable, Codable, Equatable {
        /// Where it lies.
        public let path: String
        /// Where it comes from.
        public let url: String
        /// SHA-256 of its content.
        public let sha256: String
        /// Its length in bytes, if it says so; any other is refused.
        public let size: Int64?
        /// Permission bits in octal; `0644` unless given.
        public let mode: String?
        /// The lower, the earlier; 100 unless given.
        public let priority: Int?
    }

    /// Folders, files, databases and dependencies, each in its order.
    public let directories: [Directory]?, files: [File]?, databases: [Database]?, dependencies: [Dependency]?
    /// What counts as the priority of what has none of its own; nil: what each kind has.
    public let priority: Int?
}

// MARK: - Reading, and nothing besides

extension BundleRequirements {
    enum CodingKeys: String, CodingKey, CaseIterable { case directories, files, databases, dependencies, priority }

    /// Reads them.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        directories = try fields.decodeIfThere([Directory].self, .directories)
        files = try fields.decodeIfThere([File].self, .files)
        databases = try fields.decodeIfThere([Database].self, .databases)
        dependencies = try fields.decodeIfThere([Dependency].self, .dependencies)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(CodingKeys.self)
    }
}

extension BundleRequirements.Directory {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, mode, priority }

    /// Reads one: its path, or an object.
    public init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self.path = path
            (mode, priority) = (nil, nil)
            return
        }
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        mode = try fields.decodeIfThere(String.self, .mode)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(CodingKeys.self)
    }
}

extension BundleRequirements.File {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, template, mode, priority }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        template = try fields.decode(String.self, forKey: .template)
        mode = try fields.decodeIfThere(String.self, .mode)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(CodingKeys.self)
    }
}

extension BundleRequirements.Database {
    enum CodingKeys: String, CodingKey, CaseIterable { case name, sql, priority }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decode(String.self, forKey: .name)
        sql = try fields.decode([String].self, forKey: .sql)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(CodingKeys.self)
    }
}

extension BundleRequirements.Dependency {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, url, sha256, size, mode, priority }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        url = try fields.decode(String.self, forKey: .url)
        sha256 = try fields.decode(String.self, forKey: .sha256)
        size = try fields.decodeIfThere(Int64.self, .size)
        mode = try fields.decodeIfThere(String.self, .mode)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(CodingKeys.self)
    }
}
