internal import Digests
internal import Platform

/// A secret as the database has it: encrypted, and bound to its name, its owner and its revision.
struct SecretRecord: Sendable {
    let name: String
    let owner: SecretOwner
    /// Another one with every value.
    let revision: String
    let encrypted: [UInt8]
    let setAt: Timestamp
    /// Who typed the command.
    let setBy: String

    /// How the audit log calls it.
    var title: String { "\(name) for \(owner.text), revision \(revision)" }

    /// Encrypts a value; nil when the library will not.
    init?(
        _ name: String, of owner: SecretOwner, _ value: [UInt8], by key: [UInt8], at now: Timestamp, setBy actor: String
    ) {
        guard let revision = RandomText.make(bytes: 4, .hex) else { return nil }
        let context = Self.context(name, owner, revision)
        guard let encrypted = Encryption.encrypted(value, key: key, for: context) else { return nil }
        self.init(name: name, owner: owner, revision: revision, encrypted: encrypted, setAt: now, setBy: actor)
    }

    init(name: String, owner: SecretOwner, revision: String, encrypted: [UInt8], setAt: Timestamp, setBy: String) {
        (self.name, self.owner, self.revision) = (name, owner, revision)
        (self.encrypted, self.setAt, self.setBy) = (encrypted, setAt, setBy)
    }

    /// The value; nil when it was encrypted by another key, or moved here from another's place.
    func value(by key: [UInt8]) -> [UInt8]? {
        Encryption.decrypted(encrypted, key: key, for: Self.context(name, owner, revision))
    }

    private static func context(_ name: String, _ owner: SecretOwner, _ revision: String) -> [UInt8] {
        Array([name, owner.text, revision].joined(separator: "\n").utf8)
    }
}
