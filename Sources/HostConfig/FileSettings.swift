internal import Platform

/// A file of the config's own in a place of the system's.
public struct FileSettings: Sendable, Equatable {
    /// What it holds.
    public enum Content: Sendable, Equatable {
        case text(String)
        case secret(Secret)
        /// What a file of an installed bundle holds, by a relative path.
        case bundle(name: String, source: String)
    }

    /// Where it lies.
    public let path: String
    /// What it holds.
    public let content: Content
    /// The secret that it holds; nil for one that holds anything else.
    public var secret: Secret? { if case .secret(let secret) = content { secret } else { nil } }
    /// Its permission bits.
    public let mode: UInt32
    /// The names of the user and the group it belongs to; no group: the user's own.
    public let owner: String, group: String?

    /// What a file may hold: 64 KiB, as a secret may.
    public static let sizeLimit = 64 << 10

    /// Reads `files`; `bundles` are those it may name, `services` the units' names without instance and suffix.
    static func readAll(
        _ field: Field, bundles: BundleNames, services: Set<String>
    ) -> [FileSettings] {
        var paths: Set<String> = []
        return (field.elements("files") ?? []).compactMap { element in
            guard let settings = read(element, bundles, services) else { return nil }
            if !paths.insert(settings.path).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(settings.path)) is listed twice")
            }
            return settings
        }
    }

    private static func read(
        _ field: Field, _ bundles: BundleNames, _ services: Set<String>
    ) -> FileSettings? {
        let known = ["path", "content", "bundle", "source", "secret", "mode", "owner", "group"]
        guard let fields = field.fields(known) else { return nil }
        let path = fields.required("path")?.text(.badPath, places) { FilePlace(of: $0) != nil }
        if let path, FilePlace(of: path) == .service {
            let service = Files.name(of: Files.folder(of: path))
            if !services.contains(service) {
                fields.contradiction(
                    at: fields["path"],
                    "\"units\" has none of the name \(Quoting.quote(service)), whose folder this is")
            }
        }
        let text = fields["content"]?.withoutQuoting.text(
            .badValue, "text of at most \(sizeLimit) bytes, without a NUL"
        ) {
            $0.utf8.count <= sizeLimit && !$0.utf8.contains(0)
        }
        if let text, let field = fields["content"] { Placeholder.check(text, field) }
        let secret = fields["secret"]?.secret()
        if let path, secret?.hubName != nil, FilePlace(of: path).map({ $0 != .service }) == true {
            // The hub is not who says what the system does.
            fields.contradiction(
                at: fields["secret"],
                "a secret of the hub's goes into a service's own folder, /etc/NAME, and into no place that the system reads"
            )
        }
        let mode = fields["mode"]?.parsed(.badValue, modes) { FilePlace.mode($0) }
        let owner = fields["owner"]?.name(.user), group = fields["group"]?.name(.user)
        let source = readSource(fields, bundles)
        let given = ["content", "secret", "bundle"].filter { fields[$0] != nil }
        if given.count > 1 { fields.contradiction(at: fields[given[1]], "there is \"\(given[0])\" already") }
        if given.isEmpty, fields["source"] == nil {
            field.refuse(.missingField, "missing field \"content\", \"secret\" or \"bundle\"")
        }
        guard let path, let place = FilePlace(of: path) else { return nil }
        guard let content = text.map(Content.text) ?? secret.map(Content.secret) ?? source else { return nil }
        return FileSettings(
            path: path, content: content, mode: mode ?? (secret == nil ? place.mode : 0o600), owner: owner ?? "root",
            group: group)
    }

    private static func readSource(_ fields: Fields, _ bundles: BundleNames) -> Content? {
        let bundle = bundles.read(fields), source = fields["source"]?.relativePath()
        if (fields["bundle"] == nil) != (fields["source"] == nil) {
            fields.contradiction(at: fields["bundle"] ?? fields["source"], "\"bundle\" and \"source\" need each other")
        }
        guard let bundle, let source else { return nil }
        bundles.requireVouched(bundle, fields, "the system reads or runs this file", "it")
        return .bundle(name: bundle, source: source)
    }

    private static let modes = "an octal mode such as \"0644\", readable by the owner and writable by nobody else"
    private static let places =
        "a plain name in \(FilePlace.allCases.map(\.rawValue).joined(separator: ", ")) of a unit's, ending in .conf where its reader wants that"
}
