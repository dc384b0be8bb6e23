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
    }

    /// What secret files may hold: 64 KiB.
    static let sizeLimit = 64 << 10

    let source: Source

    init(_ source: Source) { self.source = source }

    /// Makes a secret from its value.
    public init(literal: String) { source = .literal(literal) }

    /// Makes a secret that is read from a file when it is needed.
    public init(file: String) { source = .file(file) }

    /// It stands in the config itself, and may be none.
    public var isLiteral: Bool { if case .literal = source { true } else { false } }

    /// Reads the value; one line break at its end is left out.
    ///
    /// Blocks for as long as the disk does.
    public func reveal() throws(SecretError) -> String {
        let value = try value()
        RevealedSecrets.remember(value)
        return value
    }

    private func value() throws(SecretError) -> String {
        switch source {
        case .literal(let value): return value
        case .file(let path): return try Self.line(try Self.read(path), of: path)
        case .environment(let name):
            guard let value = getenv(name) else { throw .notSet(name: name) }
            let bytes = UnsafeBufferPointer(start: value, count: strnlen(value, Self.sizeLimit + 1))
            return try Self.line(bytes.map { UInt8(bitPattern: $0) }, of: "$\(name)")
        case .credential(let name):
            guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), folder.hasPrefix("/")
            else {
                throw .noCredentials(name: name)
            }
            return try Self.line(try Self.read("\(folder)/\(name)"), of: "\(folder)/\(name)")
        }
    }

    private static func read(_ path: String) throws(SecretError) -> [UInt8] {
        do throws(SystemCallError) { return try Files.read(path, limit: sizeLimit) } catch {
            throw .unreadable(error)
        }
    }

    private static func line(_ bytes: [UInt8], of place: String) throws(SecretError) -> String {
        guard bytes.count <= sizeLimit, var text = String(validating: bytes, as: UTF8.self) else {
            throw .notALine(place: place)
        }
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        guard !text.isEmpty, !text.utf8.contains(where: { [0, 0x0a, 0x0d].contains($0) }) else {
            throw .notALine(place: place)
        }
        return text
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
