public import Database
public import Platform

/// What can go wrong at the hub.
public enum HubError: Explained, Equatable {
    /// The database refused.
    case database(DatabaseError)
    /// The kernel refused.
    case system(SystemCallError)
    /// No address that can be listened on.
    case badListenAddress(String)
    /// The kernel or libmicrohttpd won't let the hub listen there.
    case cannotListen(address: String, reason: String, hint: String)
    /// A name that cannot stand in a path of a URL.
    case badHostID(String)
    /// A URL that is not `http://host[:port]` or `https://host[:port]`.
    case badURL(String)
    /// The host is already there, and there was no config to change.
    case hostExists(String)
    /// There is no such host.
    case noSuchHost(String)
    /// A file that should hold a JSON object does not.
    case notAnObject(path: String)
    /// A name that cannot stand in a header or a line.
    case badUserName(String)
    /// Neither of the two.
    case badRole(String)
    /// Too short or too long.
    case badPassword
    /// Typed twice, and differently.
    case passwordsDiffer
    /// Given up at the prompt.
    case nothingTyped
    /// There is no such user.
    case noSuchUser(String)
    /// No key of the delta service has this ID.
    case noSuchKey(String)
    /// No address of a proxy, or no header that it could tell a name in.
    case badProxy(String)
    /// A file that should hold signatures does not.
    case notASignature(path: String)
    /// A host has no config, or another one by now, so that a signature has nothing to lie beside.
    case nothingToSign(String)
    /// No number of hours or days.
    case badLifetime(String)
    /// A token would go to the hub in the clear.
    case plainHub(String)
    /// A field of a host's config that user-data needs is missing or not as it must be.
    case unusableField(host: String, field: String, reason: String)
    /// Not an executable of a machine that the agent runs on.
    case notABinary(path: String, reason: String)
    /// A file name that cannot stand in a URL.
    case badFileName(path: String)
    /// There is no binary to give out.
    case noBinary
    /// A certificate or key that TLS cannot begin with.
    case badCertificate(path: String, reason: String)
    /// A variable of the environment that cannot be read.
    case badSetting(name: String, value: String, expected: String)
    /// A path that is none of the delta service's.
    case badWorkspace(path: String, root: String)
    /// No address of a PostgreSQL database; it is not shown, since it may hold a password.
    case badDatabase
    /// There is no roll-out, or no group for one.
    case rollout(RolloutError)
    /// A secret is not taken, or not to be had.
    case secret(SecretRefusal)
    /// Some clouds refuse user-data above 16 KiB.
    case userDataTooLarge(bytes: Int)

    /// Problem, place and hint.
    public var explanation: Explanation {
        let (problem, place, hint) = words
        return Explanation(problem, at: place, hint: hint)
    }

    private var words: (problem: String, place: String?, hint: String) {
        switch self {
        case .database(let error): (error.explanation.problem, error.explanation.place, error.explanation.hint)
        case .system(let error): (error.explanation.problem, error.explanation.place, error.explanation.hint)
        case .secret(let error): (error.explanation.problem, error.explanation.place, error.explanation.hint)
        case .rollout(let error): (error.explanation.problem, error.explanation.place, error.explanation.hint)
        case .badListenAddress(let text):
            ("not an address to listen on", text, "give a number and a port, as in 127.0.0.1:8002 or [::1]:8002")
        case .badCertificate(let path, let reason):
            (
                "TLS cannot begin with it: \(reason)", path,
                "give the chain and its key, both in PEM, without a passphrase, where the hub's user can read them"
            )
        case .badSetting(let name, let value, let expected):
            ("\"\(value)\" is not \(expected)", name, "correct it, or leave it out")
        case .badWorkspace(let path, let root):
            ("no workspace", path, "name a folder beneath \(root), which WORK_DIR sets, without \"..\"")
        case .cannotListen(let address, let reason, let hint): (reason, address, hint)
        case .badURL(let url):
            ("not the address of a hub", url, "give scheme and host only, as in https://hub.example.org")
        case .badHostID(let id):
            (
                "not a name for a host", id,
                "use up to 128 letters, digits, '.', '_', '-', beginning with a letter or digit"
            )
        case .hostExists(let id):
            (
                "the host is there already, and its token cannot be shown again", id,
                "bootstrap-hub rotate-token \(id) prints a new one; bootstrap-hub add-host \(id) --config FILE changes its "
                    + "config"
            )
        case .noSuchHost(let id):
            ("there is no such host", id, "bootstrap-hub list-hosts shows all; bootstrap-hub add-host \(id) adds it")
        case .notAnObject(let path):
            (
                "not a JSON object of at most 1 MiB", path,
                "host-bootstrap check --config \(ShellWord.plain(path)) tells what is wrong with it"
            )
        case .badUserName(let name):
            (
                "not a name for a user", name,
                "use up to 128 letters, digits, '.', '_', '-', '@', '+', beginning with a letter or digit"
            )
        case .badRole(let text): ("not a role", text, "viewer reads what hosts told, operator the audit log too")
        case .badPassword:
            ("the password is too short, or too long", nil, "use 12 characters at least, 1024 bytes at most")
        case .passwordsDiffer: ("the two passwords are not the same", nil, "type the same one twice")
        case .nothingTyped: ("nothing was typed", nil, "run it again, or give it on standard input")
        case .noSuchUser(let name):
            ("there is no such user", name, "bootstrap-hub list-users shows all")
        case .noSuchKey(let id): ("no key has this ID", id, "bootstrap-hub list-keys prints the IDs of all")
        case .badProxy(let text):
            (
                "not the address of a proxy, or not a header for a name", text,
                "give --trusted-proxy as a number, as in 127.0.0.1, and --user-header as in X-Remote-User"
            )
        case .notASignature(let path):
            ("no signature as minisign writes it", path, "give what minisign -S -m CONFIG writes to CONFIG.minisig")
        case .nothingToSign(let id):
            (
                "the host has no config that this could be the signature of", id,
                "bootstrap-hub add-host \(id) --config FILE takes FILE.minisig along"
            )
        case .badLifetime(let text):
            ("not how long a token is valid", text, "give hours or days, from 1h to 3650d, as in 90d")
        case .plainHub(let url):
            (
                "a token would go there in the clear", url,
                "serve TLS (--tls-cert, --tls-key, or a proxy), and name it: --hub-url https://HOST"
            )
        case .unusableField(let host, let field, let reason):
            ("the config's \(field) \(reason)", host, "correct it, then bootstrap-hub add-host \(host) --config FILE")
        case .notABinary(let path, let reason):
            (
                "not an agent's binary: \(reason)", path,
                "give host-bootstrap for x86_64 or aarch64; bootstrap-hub add-bundle FILE takes other files"
            )
        case .badFileName(let path):
            (
                "its name cannot stand in a URL", path,
                "rename it: letters, digits, '.', '_', '-', '+', beginning with a letter or digit"
            )
        case .noBinary: ("the hub has no binary to give out", nil, "bootstrap-hub add-binary FILE adds one")
        case .badDatabase:
            (
                "not the address of a PostgreSQL database", nil,
                "give it as postgresql://USER@HOST:5432/DATABASE; special characters stand as %XX"
            )
        case .userDataTooLarge(let bytes):
            (
                "the user-data has \(bytes) bytes, clouds take 16384", nil,
                "give fewer config keys, or use --format shell; a shorter hub address helps, too"
            )
        }
    }
}
