internal import Platform

/// A file of the config's own in a place of the system's.
public struct FileSettings: Sendable, Equatable {
    /// What it holds.
    public enum Content: Sendable, Equatable {
        case text(String)
        case secret(Secret)
    }

    /// Where it lies.
    public let path: String
    /// What it holds.
    public let content: Content
    /// Its permission bits.
    public let mode: UInt32
    /// The names of the user and the group it belongs to; no group: the user's own.
    public let owner: String, group: String?

    /// What a file may hold: 64 KiB, as a secret may.
    static let sizeLimit = 64 << 10

    /// Reads `files`.
    static func readAll(_ field: Field) -> [FileSettings] {
        var paths: Set<String> = []
        return (field.elements("files") ?? []).compactMap { element in
            guard let settings = read(element) else { return nil }
            if !paths.insert(settings.path).inserted {
                element.refuse(.contradiction, "\(Quoting.quote(settings.path)) is listed twice")
            }
            return settings
        }
    }

    private static func read(_ field: Field) -> FileSettings? {
        let known = ["path", "content", "secret", "mode", "owner", "group"]
        guard let fields = field.fields(known) else { return nil }
        let path = fields.required("path")?.text(.badPath, places) { FilePlace(of: $0) != nil }
        let text = fields["content"]?.withoutQuoting.text(
            .badValue, "text of at most \(sizeLimit) bytes, without a NUL"
        ) {
            $0.utf8.count <= sizeLimit && !$0.utf8.contains(0)
        }
        if let text, let field = fields["content"] { Placeholder.check(text, field) }
        let secret = fields["secret"]?.secret()
        let mode = fields["mode"]?.parsed(.badValue, modes) { FilePlace.mode($0) }
        let owner = fields["owner"]?.name(.user), group = fields["group"]?.name(.user)
        switch (fields["content"] != nil, fields["secret"] != nil) {
        case (true, true): fields.contradiction(at: fields["secret"], "there is \"content\" already")
        case (false, false): field.refuse(.missingField, "missing field \"content\" or \"secret\"")
        default: break
        }
        guard let path, let place = FilePlace(of: path) else { return nil }
        guard let content = text.map(Content.text) ?? secret.map(Content.secret) else { return nil }
        return FileSettings(
            path: path, content: content, mode: mode ?? (secret == nil ? place.mode : 0o600), owner: owner ?? "root",
            group: group)
    }

    private static let modes = "an octal mode such as \"0644\", readable by the owner and writable by nobody else"
    private static let places =
        "a plain name in \(FilePlace.allCases.map(\.rawValue).joined(separator: ", ")), ending in .conf where its reader wants that"
}
