public import Platform

/// Why a secret is not taken, or not to be had.
public enum SecretRefusal: Explained, Equatable {
    /// No name that a file could have.
    case badName(String)
    /// Empty, longer than 64 KiB, or no text.
    case badValue(String)
    /// There is none of that name for that owner.
    case notFound(String, String)
    /// Secrets are there, and the key is not.
    case noKey(String)
    /// The file does not hold a key.
    case badKey(String)
    /// It does not open what is there.
    case otherKey(String)
    /// libcrypto refused.
    case noEncryption

    /// Problem, place and hint.
    public var explanation: Explanation {
        switch self {
        case .badName(let name):
            Explanation(
                "not a secret's name", at: name, hint: "write letters, digits, \".\", \"_\" or \"-\", at most 64")
        case .badValue(let name):
            Explanation(
                "not text of 1 byte to 64 KiB", at: name,
                hint: "give it on standard input: bootstrap-hub secret set \(name) --host ID <FILE")
        case .notFound(let name, let owner):
            Explanation("there is no secret \(name) for \(owner)", hint: "bootstrap-hub secret list shows all")
        case .noKey(let path):
            Explanation(
                "the key that the hub's secrets are encrypted by is not there", at: path,
                hint:
                    "put it back from where it is kept, or from another hub on the same database; without it, remove all secrets and set them anew"
            )
        case .badKey(let path):
            Explanation(
                "is not a key of 64 hexadecimal digits", at: path,
                hint: "put the one back that was there when the secrets were set")
        case .otherKey(let path):
            Explanation(
                "is not the key that the hub's secrets are encrypted by", at: path,
                hint: "hubs on one database have the same: copy it from the one where the first secret was set")
        case .noEncryption:
            Explanation(
                "libcrypto has no AES-256-GCM, or no random bytes", hint: "look at the machine's OpenSSL settings")
        }
    }
}
