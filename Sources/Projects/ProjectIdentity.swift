internal import Platform

/// What a project is called, as the file says that its own tools read.
public struct ProjectIdentity: Sendable, Equatable {
    /// Its name as a bundle can bear it; nil when there is none.
    public let name: String?
    /// Its version as it is written; nil when there is none.
    public let version: String?

    /// Looks into `package.json`, or else `pyproject.toml`; nil when there is neither.
    ///
    /// Blocks.
    public static func of(_ folder: String) throws(ProjectError) -> ProjectIdentity? {
        if let package = try PackageJSON.identity(folder) { return package }
        return try PyProject.identity(folder)
    }

    init(name: String?, version: String?) {
        self.name = name.flatMap(Self.bundleName)
        self.version = version
    }

    /// A name of small letters, digits and single dashes, 48 at most, of what a name says behind its last slash.
    ///
    /// Nil when nothing of it is left.
    public static func bundleName(_ text: String) -> String? {
        let own = text.parts(at: "/").last ?? ""
        let plain = own.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "-")
            }
        }
        let words = plain.split(separator: UInt8(ascii: "-"))
        let name = Array(words.joined(separator: [UInt8(ascii: "-")]))[...].prefix(48)
        let bare = name.last == UInt8(ascii: "-") ? name.dropLast() : name
        return bare.isEmpty ? nil : String(decoding: bare, as: UTF8.self)
    }
}
