public import Platform

/// Why a config is not believed.
public enum TrustError: Explained, Equatable {
    /// There is no signature, and a key was given on this host, now or before.
    case unsigned(config: String, signature: String)
    /// What lies beside it is no signature.
    case noSignature(path: String)
    /// Too few of the trusted keys signed it; `keys` and `signers` in words.
    case tooFew(config: String, keys: String, signers: String, place: String)
    /// Its time is over.
    case expired(config: String, expires: Timestamp, now: Timestamp)
    /// A newer one was taken before.
    case older(config: String, serial: Int, seen: Int)
    /// Another one with this serial was taken before.
    case sameSerial(config: String, serial: Int)
    /// This host's configs were another's.
    case otherHost(config: String, host: String, known: String)
    /// It hands over to keys of which too few signed it.
    case notByNewKeys(config: String)
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
                    "on the machine with the secret key: minisign -S -m FILE; then copy FILE.minisig to "
                    + "\(ShellWord.plain(signature)), or beside the config at the hub "
                    + "(bootstrap-hub add-host ID --signature FILE --data DIR); host-bootstrap trust tells which keys count"
            )
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
        case .expired(let config, let expires, let now):
            Explanation(
                "is signed, but its time was over on \(expires.rfc3339), and this host's clock says \(now.rfc3339)",
                at: config,
                hint:
                    "sign it anew with a later \"expires\" in its \"trust\"; if the clock is wrong: timedatectl. If there is a "
                    + "newer one, somebody may be keeping it from this host")
        case .older(let config, let serial, let seen):
            Explanation(
                "is signed, but older than what this host has taken: its serial is \(serial), and that was \(seen)",
                at: config,
                hint:
                    "do not use it: somebody may be offering an old config for its faults; if it is meant, sign it with a "
                    + "\"serial\" above \(seen) in its \"trust\"")
        case .sameSerial(let config, let serial):
            Explanation(
                "is signed, but this host has taken another config with its serial, \(serial)", at: config,
                hint: "give each config a \"serial\" of its own in \"trust\", above those before it")
        case .otherHost(let config, let host, let known):
            Explanation(
                "is signed for the host \(host), and this host is \(known)", at: config,
                hint: "do not use it here; if this host is to become the other: host-bootstrap trust --forget")
        case .notByNewKeys(let config):
            Explanation(
                "names new keys in its \"trust\", and too few of those signed it", at: config,
                hint:
                    "sign it with the keys before and with those that it names: who has none of the new ones could not "
                    + "change this host again")
        case .damagedRecord(let path):
            Explanation(
                "cannot be read, so nobody is trusted", at: path,
                hint: "host-bootstrap trust --forget takes it away; then give the keys again, with --config-key or "
                    + "BOOTSTRAP_CONFIG_KEYS")
        case .disk(let error): error.explanation
        }
    }
}
