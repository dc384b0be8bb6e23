public import Platform

/// Why a config is not believed.
public enum TrustError: Explained, Equatable {
    /// There is no signature, and a key was given on this host, now or before.
    case unsigned(config: String, signature: String)
    /// What lies beside it is no signature.
    case noSignature(path: String)
    /// Too few of the trusted keys signed it; `keys` and `signers` in words.
    case tooFew(config: String, keys: String, signers: String, place: String)
    /// What the host remembers cannot be read.
    case damagedRecord(path: String)
    /// The disk refused.
    case disk(SystemCallError)

    /// The config was refused, as opposed to a host in trouble.
    public var isIntegrity: Bool { if case .disk = self { false } else { true } }

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .unsigned(let config, let signature):
            Explanation(
                "is not signed, and a key was given on this host: there is no \(signature)", at: config,
                hint:
                    "where the key is: minisign -S -m FILE, then put FILE.minisig there, or beside the config at the hub "
                    + "(bootstrap-hub add-host ID --signature FILE); host-bootstrap trust tells which keys count")
        case .noSignature(let path):
            Explanation(
                "is no signature as minisign writes it", at: path,
                hint: "put there what minisign -S -m FILE writes to FILE.minisig; of several, one after the other")
        case .tooFew(let config, let keys, let signers, let place):
            Explanation(
                "is not signed as it must be: it takes \(keys) (\(place)), and of these \(signers) signed it",
                at: config,
                hint:
                    "do not use it, unless you know who changed it; its owner can sign it anew. If this host is to trust "
                    + "other keys: host-bootstrap trust --forget, then give those")
        case .damagedRecord(let path):
            Explanation(
                "cannot be read, so nobody is trusted", at: path,
                hint: "host-bootstrap trust --forget takes it away; then give the keys again, with --config-key or "
                    + "BOOTSTRAP_CONFIG_KEYS")
        case .disk(let error): error.explanation
        }
    }
}
