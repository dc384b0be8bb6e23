internal import Digests
internal import Platform
internal import Trust

/// The public keys that hosts hold their configs to; the hub hands them on, and has none of the secret ones.
public struct ConfigKeys: Sendable, Equatable {
    /// As `BOOTSTRAP_CONFIG_KEYS` has them.
    let words: String
    private let keys: TrustedKeys

    /// Reads keys as minisign prints them, with blanks or commas between, and first how many must have signed.
    public init(_ text: String) throws(HubError) { try self.init(text, from: "--config-key") }

    init(_ text: String, from place: String) throws(HubError) {
        guard let keys = TrustedKeys(words: text) else {
            throw .badSetting(
                name: place, value: text,
                expected:
                    "public keys as minisign prints them, after how many of them must have signed, if more than one")
        }
        self.keys = keys
        words = keys.words
    }

    /// What hosts would say to a config and its signature; nil when they would take it.
    func doubt(_ config: [UInt8], _ signature: [UInt8]?) -> String? {
        guard let signature else { return "is not signed" }
        let signatures = Minisign.Signature.all(in: String(decoding: signature, as: UTF8.self)) ?? []
        let signers = keys.signers(of: config, signatures).count
        return signers >= keys.threshold ? nil : "is signed by \(signers) keys of \(keys.summary)"
    }
}

extension HubFolder {
    /// Holds the keys that hosts are given; lines that begin with `#` are remarks.
    var configKeysFile: String { "\(path)/config-keys" }

    /// The keys that stub and user-data give to hosts; nil when there is no such file.
    func configKeys() throws(HubError) -> ConfigKeys? {
        let text: String?
        do throws(SystemCallError) { text = try Files.text(configKeysFile) } catch { throw .system(error) }
        let lines = text.map { text in text.byteLines.filter { !$0.hasFirstBytes("#") } }
        return try lines.map { (lines) throws(HubError) in
            try ConfigKeys(lines.joined(separator: " "), from: configKeysFile)
        }
    }
}
