/// An operating system that the host may run, written `ID-VERSION` or `ID-VERSION+`: `debian-12`, `ubuntu-24.04+`.
public struct SupportedSystem: Sendable, Equatable, CustomStringConvertible {
    /// `ID` of os-release(5).
    public let id: String
    /// The numbers of `VERSION_ID`; a release's point releases match, too.
    public let version: [Int]
    /// Later versions match as well.
    public let orNewer: Bool
    private let text: String

    /// Reads the written form.
    public init?(_ text: String) {
        orNewer = text.hasSuffix("+")
        let body = orNewer ? text.dropLast() : text[...]
        guard let dash = body.lastIndex(of: "-"), let version = Self.numbers(body[body.index(after: dash)...]) else {
            return nil
        }
        guard NameRule.systemID.admits(body[..<dash]) else { return nil }
        id = String(body[..<dash])
        self.version = version
        self.text = text
    }

    /// A host with these values of `ID` and `VERSION_ID` runs it.
    ///
    /// What has no version is yet to be released, such as Debian's testing: newer than each that has one.
    public func matches(id: String, versionID: String) -> Bool {
        guard id == self.id else { return false }
        guard !versionID.isEmpty else { return orNewer }
        guard let found = Self.numbers(versionID[...]) else { return false }
        let padded = found + Array(repeating: 0, count: max(0, version.count - found.count))
        if padded.starts(with: version) { return true }
        return orNewer && version.lexicographicallyPrecedes(padded)
    }

    /// As it is written in the config.
    public var description: String { text }

    private static func numbers(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count <= 9 && ByteSet.digits.covers($0) ? Int($0) : nil }
        return numbers.count == parts.count ? numbers : nil
    }
}
