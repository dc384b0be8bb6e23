internal import Glibc
internal import Platform

/// A token, password or other value that no output may show.
///
/// Neither printing nor dumping one reveals it; only ``reveal()`` does.
public struct Secret: Sendable, Equatable {
    enum Source: Sendable, Equatable {
        case literal(String)
        case file(String)
        case environment(String)
        /// A file's name in the folder that systemd gives to a service (systemd.exec(5), LoadCredential=).
        case credential(String)
        /// A name by which the hub knows it.
        case hub(String)
    }

    /// What a secret may hold, in bytes: 64 KiB.
    public static let sizeLimit = 64 << 10

    let source: Source

    init(_ source: Source) { self.source = source }

    /// Makes a secret from its value.
    public init(literal: String) { source = .literal(literal) }

    /// Makes a secret that is read from a file when it is needed.
    public init(file: String) { source = .file(file) }

    /// It stands in the config itself, and may be none.
    public var isLiteral: Bool { if case .literal = source { true } else { false } }

    /// The name by which the hub knows it; nil for one that is had without asking there.
    public var hubName: String? { if case .hub(let name) = source { name } else { nil } }

    /// A name by which a hub can have one: a file's name, too.
    public static func isHubName(_ name: String) -> Bool { NameRule.hubSecret.admits(name) }

    /// How a secret is laid out.
    public enum Form: Sendable {
        /// One line of text, as headers and variables take it.
        case line
        /// Any text, such as a private key in PEM.
        case text
    }

    /// Reads the value; one line break at its end is left out.
    ///
    /// Blocks for as long as the disk does. What the hub has must be fetched there first: ``accept(_:as:from:)``.
    public func reveal(_ form: Form = .line) throws(SecretError) -> String {
        switch source {
        case .literal(let value):
            RevealedSecrets.remember(value)
            return value
        case .file(let path): return try Self.accept(try Self.read(path), as: form, from: path)
        case .environment(let name):
            guard let value = getenv(name) else { throw .notSet(name: name) }
            let bytes = UnsafeBufferPointer(start: value, count: strnlen(value, Self.sizeLimit + 3))
            return try Self.accept(bytes.map { UInt8(bitPattern: $0) }, as: form, from: "$\(name)")
        case .credential(let name):
            guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), folder.hasPrefix("/")
            else {
                throw .noCredentials(name: name)
            }
            let path = "\(folder)/\(name)"
            return try Self.accept(try Self.read(path), as: form, from: path)
        case .hub(let name): throw .atHub(name: name)
        }
    }

    /// Takes what a place holds for a secret, without the line break at its end.
    public static func accept(
        _ bytes: [UInt8], as form: Form, from place: String
    ) throws(SecretError) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else { throw .malformed(place: place, form) }
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        let excluded: [UInt8] = form == .line ? [0, 0x0a, 0x0d] : [0]
        guard !text.isEmpty, text.utf8.count <= sizeLimit, !text.utf8.contains(where: excluded.contains) else {
            throw .malformed(place: place, form)
        }
        RevealedSecrets.remember(text)
        return text
    }

    private static func read(_ path: String) throws(SecretError) -> [UInt8] {
        // A line break may follow.
        do throws(SystemCallError) { return try Files.read(path, limit: sizeLimit + 2) } catch {
            throw .unreadable(error)
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for all secrets.
    public var description: String { "‹secret›" }

    /// The same for all secrets.
    public var debugDescription: String { description }

    /// Has no children, so that dumps show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
