import JSON

/// What must be there before a bundle's services start, as its manifest declares it.
///
/// All that is made lies in the bundle's own folder of data, to which every path is relative.
public struct BundleRequirements: Sendable, Codable, Equatable {
    /// A folder.
    public struct Directory: RequiredThing {
        /// Where it lies.
        public let path: String
        /// Permission bits in octal; `0755` unless given.
        public let mode: String?
    }

    /// A file made from a template in the bundle.
    public struct File: RequiredThing {
        /// Where it lies.
        public let path: String
        /// The template's path in the bundle; the same path unless given.
        public let template: String
        /// Permission bits in octal; `0600` unless given.
        public let mode: String?
    }

    /// An SQLite database made by scripts in the bundle.
    public struct Database: RequiredThing {
        /// A plain name; the file is called `NAME.sqlite`.
        public let name: String
        /// Paths of the scripts in the bundle, oldest first; the file's `user_version` counts those done.
        ///
        /// Nil: an empty database.
        public let sql: [String]?
    }

    /// A file that is fetched.
    public struct Dependency: RequiredThing {
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
    }

    /// Folders.
    public let directories: [Required<Directory>]?
    /// Files made from templates.
    public let files: [Required<File>]?
    /// Databases.
    public let databases: [Required<Database>]?
    /// Files that are fetched.
    public let dependencies: [Required<Dependency>]?
    /// Folders that are filled from archives.
    public let archives: [Required<Archive>]?
    /// Secrets that are made once.
    public let generate: [Required<Generate>]?
    /// Servers that must answer.
    public let reach: [Required<Reach>]?
    /// Programs that run once a version.
    public let warmUp: [Required<WarmUp>]?
    /// What counts as the priority of what has none of its own; nil: what each kind has.
    public let priority: Int?
}

// MARK: - Reading, and nothing besides

extension BundleRequirements {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case directories, files, databases, dependencies, archives, generate, reach, priority
        case warmUp = "warm_up"
    }

    private enum ShortKeys: String, CodingKey { case database }

    /// Reads them; `database` is one more of the databases, or its name.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        directories = try fields.decodeIfThere([Required<Directory>].self, .directories)
        files = try fields.decodeIfThere([Required<File>].self, .files)
        let several = try fields.decodeIfThere([Required<Database>].self, .databases)
        let one = try decoder.container(keyedBy: ShortKeys.self).decodeIfThere(Required<Database>.self, .database)
        databases = one.map { (several ?? []) + [$0] } ?? several
        dependencies = try fields.decodeIfThere([Required<Dependency>].self, .dependencies)
        archives = try fields.decodeIfThere([Required<Archive>].self, .archives)
        generate = try fields.decodeIfThere([Required<Generate>].self, .generate)
        reach = try fields.decodeIfThere([Required<Reach>].self, .reach)
        warmUp = try fields.decodeIfThere([Required<WarmUp>].self, .warmUp)
        priority = try fields.decodeIfThere(Int.self, .priority)
        try decoder.refuseOthers(
            Set(CodingKeys.allCases.map(\.stringValue)).union([ShortKeys.database.stringValue]))
    }
}

extension BundleRequirements.Directory {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, mode }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads its path.
    public init?(short: String) { (path, mode) = (short, nil) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        mode = try fields.decodeIfThere(String.self, .mode)
    }
}

extension BundleRequirements.File {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, template, mode }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads its path, which is its template's in the bundle, too.
    public init?(short: String) { (path, template, mode) = (short, short, nil) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        template = try fields.decode(String.self, forKey: .template)
        mode = try fields.decodeIfThere(String.self, .mode)
    }
}

extension BundleRequirements.Database {
    enum CodingKeys: String, CodingKey, CaseIterable { case name, sql }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Its name.
    public var ownName: String? { name }

    /// Reads its name.
    public init?(short: String) { (name, sql) = (short, nil) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decode(String.self, forKey: .name)
        sql = try fields.decodeIfThere([String].self, .sql)
    }
}

extension BundleRequirements.Dependency {
    enum CodingKeys: String, CodingKey, CaseIterable { case path, url, sha256, size, mode }

    /// Its fields.
    public static var fields: Set<String> { Set(CodingKeys.allCases.map(\.stringValue)) }

    /// Reads one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        path = try fields.decode(String.self, forKey: .path)
        url = try fields.decode(String.self, forKey: .url)
        sha256 = try fields.decode(String.self, forKey: .sha256)
        size = try fields.decodeIfThere(Int64.self, .size)
        mode = try fields.decodeIfThere(String.self, .mode)
    }
}
