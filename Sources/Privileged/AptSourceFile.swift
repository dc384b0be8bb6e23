public import Digests
public import Platform

/// A source's file in apt's folder, with the key in it that all from there must be signed by.
///
/// One file has both, so that neither is ever there without the other; apt takes a key in there since 2.3.10.
public struct AptSourceFile: Sendable, Codable, Equatable {
    let source: AptSource
    /// As it was given: binary or in armor.
    let key: [UInt8]

    /// Takes a source and the bytes of its key.
    public init(_ source: AptSource, key: [UInt8]) { (self.source, self.key) = (source, key) }

    /// All that stands before the key; the digest is that of the key as it was given.
    public static func head(of source: AptSource, keyDigest: Digest) -> String {
        "# Of host-bootstrap's \"apt\"; the next run undoes what is changed here. The key had SHA-256 \(keyDigest.hex).\n"
            + "\(source.fields)\(keyField)\n"
    }

    private static let keyField = "Signed-By:"

    /// The lines of such a file without those of the key.
    public static func withoutKey(_ text: String) -> String {
        text.byteLines.filter { !$0.hasFirstBytes(" ") }.map { "\($0)\n" }.joined()
    }

    /// What the file holds; nil when the key is none.
    public var content: [UInt8]? {
        guard let armor = OpenPGPKey(key)?.armorLines else { return nil }
        // deb822(5): an empty line in a field is a full stop.
        let lines = armor.map { " \($0.isEmpty ? "." : $0)\n" }.joined()
        return Array("\(Self.head(of: source, keyDigest: Digest.of(key)))\(lines)".utf8)
    }

    // MARK: What root does

    /// Writes it and fetches its lists; what apt does not take, or what the key does not vouch for, is taken back.
    ///
    /// So no source is left by which every later apt-get update would fail.
    func put(
        lockTimeout: Int, _ progress: @escaping @Sendable (String) -> Void
    ) async throws(PrivilegedError) -> HelperAnswer {
        let content = try check(), path = source.path
        try await RootFile.makeFolder(
            for: path, hint: "namei -l '\(AptSource.folder)' shows it; as root: chown root: and chmod go-w there")
        return try await TriedFile(path: path, content: content, mode: 0o644, owner: (0, 0)).put {
            () async throws(PrivilegedError) in
            let answer = try await Apt.fetchLists(of: path, lockTimeout: lockTimeout, progress)
            return (answer, answer.exitCode == 0)
        }
    }

    /// What is to be written, when all about it is as it may be.
    func check() throws(PrivilegedError) -> [UInt8] {
        if let flaw = source.flaw {
            throw .refused(
                what: "\"\(flaw)\" is not taken in a source of apt's", place: AptSource.folder,
                hint: "correct \"sources\" in \"apt\"")
        }
        guard let content else {
            throw .refused(
                what: "its key is no public key of OpenPGP's", place: source.path,
                hint: "gpg --export --armor KEY writes one; correct \"key\" in \"sources\"")
        }
        return content
    }
}
