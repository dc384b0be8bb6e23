/// A place that apt fetches packages from; deb822(5) and sources.list(5) have its form.
public struct AptSource: Sendable, Codable, Equatable {
    /// What its file is called, but for `.sources`.
    public let name: String
    /// Where the same packages are, each a URI.
    public let uris: [String]
    /// Releases beneath `dists/` there, or folders, which end in a slash.
    public let suites: [String]
    /// The parts of those releases; a folder has none.
    public let components: [String]

    /// Names a place.
    public init(name: String, uris: [String], suites: [String], components: [String]) {
        (self.name, self.uris, self.suites, self.components) = (name, uris, suites, components)
    }

    /// Where the files of all sources lie.
    public static let folder = "/etc/apt/sources.list.d"
    private static let suffix = ".sources"
    /// The file that tells apt of it.
    public var path: String { "\(Self.folder)/\(name)\(Self.suffix)" }

    /// The path is that of some source's file.
    public static func isFile(_ path: String) -> Bool {
        let name = Files.name(of: path)
        return Files.folder(of: path) == folder && name.hasLastBytes(suffix)
            && isName(String(name.utf8.dropLast(suffix.utf8.count)) ?? "")
    }

    /// The fields of its file, but for the key.
    public var fields: String {
        let parts = components.isEmpty ? "" : "Components: \(components.joined(separator: " "))\n"
        return "Types: deb\nURIs: \(uris.joined(separator: " "))\nSuites: \(suites.joined(separator: " "))\n\(parts)"
    }

    // MARK: What is taken

    /// How many of each a source has at most.
    public static let most = 16

    /// A name of lower-case letters, digits and hyphens.
    public static func isName(_ text: String) -> Bool {
        (1...48).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-") && text.isAlphanumeric(or: "-")
            && !text.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// `https:`, `http:` or `file:`, without user, query and fragment: the file is for all to read.
    ///
    /// By plain http, too, as Debian's own mirrors are: what comes from there is nothing to apt unless the key vouches for it.
    public static func isURI(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://", "file:///"].first(where: text.hasFirstBytes) else { return false }
        let rest = Substring(text.utf8.dropFirst(scheme.utf8.count))
        guard let first = rest.utf8.first, text.utf8.count <= 1024 else { return false }
        return rest.isAlphanumeric(or: "-._~/:+,=%[]") && !"-./:".utf8.contains(first) && isPlain(rest)
    }

    /// `bookworm`, `bookworm-security`, `stable/updates`; or a folder, such as `./` or `/`.
    public static func isSuite(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.isAlphanumeric(or: "-._~/+:")
            && text.utf8.first != UInt8(ascii: "-")
            && isPlain(text[...])
    }

    /// It is a folder, and has no components.
    public static func isFolder(_ suite: String) -> Bool { suite.utf8.last == UInt8(ascii: "/") }

    /// `main`, `non-free-firmware`, `main/debian-installer`.
    public static func isComponent(_ text: String) -> Bool {
        isSuite(text) && !isFolder(text) && text.utf8.first != UInt8(ascii: "/")
    }

    /// The first of its texts that is not taken; nil when all are.
    public var flaw: String? {
        if !Self.isName(name) { return name }
        if let uri = uris.first(where: { !Self.isURI($0) }) { return uri }
        if let suite = suites.first(where: { !Self.isSuite($0) }) { return suite }
        if let component = components.first(where: { !Self.isComponent($0) }) { return component }
        let numbers = [uris.count, suites.count, max(components.count, 1)]
        let hasParts = suites.allSatisfy { Self.isFolder($0) == components.isEmpty }
        return numbers.allSatisfy { (1...Self.most).contains($0) } && hasParts ? nil : name
    }

    private static func isPlain(_ path: Substring) -> Bool { !path.parts(at: "/").contains { $0 == ".." } }
}
