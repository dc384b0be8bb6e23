import Platform

/// The commands, their operands, options and help, side by side.
enum Subcommand: String, CaseIterable {
    case initialize = "init"
    case serve
    case addHost = "add-host"
    case listHosts = "list-hosts"
    case label
    case removeHost = "remove-host"
    case joinCommand = "join-command"
    case rotateToken = "rotate-token"
    case revokeToken = "revoke-token"
    case addBundle = "add-bundle"
    case addBinary = "add-binary"
    case userData = "user-data"
    case rollout
    case secret
    case addKey = "add-key"
    case listKeys = "list-keys"
    case revokeKey = "revoke-key"
    case addUser = "add-user"
    case listUsers = "list-users"
    case removeUser = "remove-user"
    case audit
    case backup, completions

    var summary: String {
        switch self {
        case .initialize: "make the folder ready, with the agents that lie beside this program"
        case .serve: "serve stub, configs, binaries and bundles, and take reports"
        case .addHost: "add a host and print its token, once; or change its config"
        case .listHosts: "print all hosts: name, state, last report, valid tokens and when one ends, message, labels"
        case .label: "give a host labels, by which a roll-out finds it, or take some away"
        case .removeHost: "forget a host with its tokens, config, runs and reports"
        case .joinCommand: "print the command that makes a machine this host; it works once, for an hour"
        case .rotateToken: "print a new token of a host, which ends the old ones once it is used"
        case .revokeToken: "make all tokens of a host worthless and print a new one, once"
        case .addBundle: "copy a bundle into the hub, print its path and digest"
        case .addBinary: "copy an agent's binary into the hub, print its path and digest"
        case .userData: "print what cloud-init runs on a fresh host, as its user-data"
        case .rollout: "give the hosts of a group a new config or bundle, wave by wave, as long as they stay well"
        case .secret: "keep what hosts fetch with their tokens where a config says {\"hub\": NAME}"
        case .addKey: "print a new key for the delta service, bound to a workspace"
        case .listKeys: "print all keys for the delta service: ID, folder, when made, when it ends, how it stands"
        case .revokeKey: "make a key for the delta service worthless, by its ID"
        case .addUser: "let somebody read the page and the API, by a password; or change that"
        case .listUsers: "print all users: name, role, what they are known by, when their token ends"
        case .removeUser: "forget a user, and end its sessions"
        case .audit: "print who added, changed or removed what, fetched a config, or was refused"
        case .backup: "copy the database into a file of its own"
        case .completions: "print a completion script for a shell"
        }
    }

    var operand: String? {
        switch self {
        case .initialize, .serve, .listHosts, .listKeys, .listUsers, .audit: nil
        case .addHost, .removeHost, .joinCommand, .rotateToken, .revokeToken, .userData, .revokeKey: "ID"
        case .label: "ID LABEL…"
        case .rollout: "\(RolloutCommand.Act.allCases.map(\.rawValue).joined(separator: "|")) [NUMBER]"
        case .secret: "\(SecretCommand.Act.allCases.map(\.rawValue).joined(separator: "|")) [NAME]"
        case .addKey: "WORKSPACE"
        case .addUser, .removeUser: "NAME"
        case .addBundle, .addBinary, .backup: "FILE"
        case .completions: CompletionTable.shells.joined(separator: "|")
        }
    }

    var options: [Option] {
        switch self {
        case .serve:
            [
                Option("--listen", "ADDRESS", "where to listen (default 127.0.0.1:8002; port 0 takes a free one)"),
                Option(
                    "--name", "NAMES", "the names it is called by, with commas between, where it speaks no TLS itself"),
                Option("--tls-cert", "FILE", "speak TLS with this certificate and its chain, in PEM"),
                Option("--tls-key", "FILE", "the certificate's key, in PEM, without a passphrase"),
                Option(
                    "--trusted-proxy", "ADDRESS", "the proxy that tells who asks, for those with a log-in of their own"),
                Option("--user-header", "NAME", "the header in which it does, as in X-Remote-User"),
            ]
        case .addHost:
            [
                Option("--config", "FILE", "the host's config, which its token opens; FILE.minisig goes with it"),
                Option("--signature", "FILE", "instead: a signature of the config that the host has"), .expires,
            ]
        case .userData:
            [
                Option(
                    "--format", "FORMAT",
                    "shell, a script (default); cloud-config; or multipart, to add parts of your own to"),
                .hubURL,
                Option(
                    "--config-key", "KEYS",
                    "minisign keys that must have signed the host's configs (default: those in DIR/config-keys)"),
                .expires,
            ]
        case .joinCommand: [.hubURL, .expires]
        case .rotateToken, .revokeToken: [.expires]
        case .rollout: RolloutCommand.options
        case .secret: SecretCommand.options
        case .addKey:
            [
                Option(
                    Option.expires.name, Option.expires.value,
                    "how long it is valid, as in 12h or 90d (default: for good)"
                )
            ]
        case .addUser:
            [
                Option("--role", "ROLE", "viewer, or operator, who reads the audit log too"),
                Option("--token", "", "a program: print a token for it, once, instead of asking for a password"),
                Option(
                    Option.expires.name, Option.expires.value,
                    "with --token: how long it is valid, as in 12h or 90d (default: for good)"),
                Option("--no-password", "", "known by the trusted proxy alone"),
            ]
        case .audit:
            [
                Option("--last", "NUMBER", "how many lines, the newest ones (default 1000)"),
                Option("--json", "", "an object of JSON a line"),
            ]
        case .initialize: [.hubURL]
        case .listHosts, .label, .listUsers, .removeUser, .removeHost, .addBundle, .addBinary, .listKeys, .revokeKey,
            .backup,
            .completions:
            []
        }
    }

    /// Its own and those that every command takes that works on a hub.
    var allOptions: [Option] { self == .completions ? [] : options + [.data, .database] }

    var remarks: String {
        switch self {
        case .initialize:
            "Takes host-bootstrap-x86_64, host-bootstrap-aarch64 and host-bootstrap, where they lie beside it, as add-binary does, and prints what to type next. Typed again, it takes what is new; nothing of the folder is lost."
        case .serve:
            "Prints one line when it is ready. SIGTERM and SIGINT end it in order, with exit code 0. The delta service reads WORK_DIR (default DIR/workspaces), COLLECTION_NAME, MAX_BUNDLE_SIZE_MB (100), UPLOAD_TIMEOUT_SECS (300) and DELTA_HOOK, a program or address that is called after an upload, from the environment; UPLOAD_SERVICE_HOST and UPLOAD_SERVICE_PORT say where to listen when --listen does not."
        case .addHost:
            "Only the token's hash is kept. Adding a host again needs --config or --signature and keeps its tokens. Of bundles that the config fetches from this hub, those that are not there, or have another digest, are told."
        case .listHosts:
            "A line each, with tabs between; what has no value yet is a dash. Of several tokens it tells when the first one ends."
        case .label:
            "A label is a word, or NAME=VALUE, of which a host has one of each NAME; NAME- takes one away."
        case .removeHost:
            "Its reports are refused from then on. The host itself is left as it is: host-bootstrap uninstall is for that."
        case .joinCommand:
            "To be typed on the machine, as root or as the bootstrap user: it fetches the stub, which brings the host a token of its own, config and agent. The join token in it is for this host alone, and works for an hour, or until the first report with the token that it gave: so it may be typed again when a connection broke, and what it gave before is then worth nothing."
        case .rotateToken:
            "It goes into the file that the config's hub.token names, on the host. The tokens before it are valid until the first report with the new one, seven days at most."
        case .revokeToken:
            "Reports with the old ones are refused from then on: the new one goes into the file that the config's hub.token names, on the host."
        case .addBundle: "It appears below /artifacts/bundles/ with a .sha256 file, in place of one of the same name."
        case .addBinary:
            "It appears below /artifacts/binaries/, with .xz and .gz beside it, which takes some seconds; stub and user-data take the newest of each machine."
        case .userData:
            "Each call issues one more token for the host and puts it into what is printed, since the config is served to that alone; keep it as secret as that. All formats do the same and have at most 16 KiB, which is what EC2 takes. Settings of your own go beside cloud-config's, or into further parts of multipart. KEYS are public keys as minisign prints them, with commas between, and first how many of them must have signed, if more than one."
        case .rollout:
            "start prints the roll-out's number; from then on the hub that serves moves it on, of several hubs on one database whichever is there. Each wave's hosts find their new config at their next look (\"schedule\", \"mode\": \"repair\"); the next wave begins when all that have it were in sync for the time of --soak. A host that fails, is degraded or silent, or is not in sync in time counts as failed; more than --max-failed halt the roll-out. resume goes on all the same, and abort gives hosts back what they had. NUMBER may be left out: status shows the newest, and the others take the one that is open. A FILE is for every host with its own host_id, host_name, hostname and hub; where configs are signed, or differ more than that, a folder holds ID.json and ID.json.minisig for each."
        case .secret:
            "set reads the secret from standard input, to its end, and leaves the line break there out; at a terminal it asks, and shows nothing of it. It is text of at most 64 KiB; set again, it takes the old one's place, and hosts have it with their next run or look. A host's own comes before a group's, and a group of more labels before one of fewer. Secrets are encrypted by DIR/secrets.key, which is made with the first one and is in no backup of the database: keep a copy elsewhere, and give hubs on one database the same. list prints a line each, with tabs between: name, for whom, revision, since when, by whom, and how many hosts were given that revision, which is not yet that their services use it."
        case .addKey:
            "Only the key's hash is kept. A client sends it as a bearer token, or in the field session; it may write what lies at or beneath WORKSPACE, which is named as the client names it: of a path elsewhere its last part counts. The folder is told on standard error; it lies beneath WORK_DIR, or what the hub that serves takes for that. As long as there never was a key, uploads are taken from this machine alone."
        case .listKeys:
            "A line each, the oldest first, with tabs between; what has no value is a dash. A key is valid, expired or revoked; the ID is the first digits of its hash."
        case .revokeKey:
            "Uploads with it are refused from then on. When it was the last one, uploads need a new one: they are not open to this machine again."
        case .addUser:
            "The password is the first line of standard input; at a terminal it is asked for, and not shown. It is kept as a hash by scrypt. Adding a user again changes role and password, and ends its sessions. A program, such as Prometheus, sends its token as a bearer token; added again, it has a new one in the old one's place. As long as there is no user, whoever is on the hub's machine may read, and nobody else."
        case .listUsers:
            "A line each, with tabs between; what has no value is a dash. A user is known by password, token or proxy."
        case .removeUser: "What it watches ends within seconds."
        case .audit:
            "A line each, the newest last, with tabs between: time, who, what, to whom, from which address, how often. What requests bring about and is repeated within an hour is one line more, with a count, which is written when the hour is over. The last 100,000 lines of what was done are kept, and the last 10,000 of what was refused."
        case .backup:
            "Works while the hub serves. To restore, stop the hub, put the file at DIR/hub.db, remove hub.db-*. What lies in PostgreSQL is not in it: pg_dump copies that."
        case .completions: "The script says in its first lines where to put it. It needs no hub, and no --data."
        }
    }

    var example: String {
        switch self {
        case .initialize: "bootstrap-hub init --data /var/lib/bootstrap-hub"
        case .serve: "bootstrap-hub serve --data /var/lib/bootstrap-hub"
        case .addHost: "bootstrap-hub add-host h1 --config h1.json --data /var/lib/bootstrap-hub"
        case .listHosts: "bootstrap-hub list-hosts --data /var/lib/bootstrap-hub"
        case .label: "bootstrap-hub label h1 web zone=a --data /var/lib/bootstrap-hub"
        case .rollout:
            "bootstrap-hub rollout start --group web --bundle tools=1.3 --max-failed 1 --data /var/lib/bootstrap-hub"
        case .secret: "bootstrap-hub secret set db-password --group web --data /var/lib/bootstrap-hub <password"
        case .removeHost: "bootstrap-hub remove-host h1 --data /var/lib/bootstrap-hub"
        case .joinCommand:
            "bootstrap-hub join-command h1 --hub-url https://hub.example.org --data /var/lib/bootstrap-hub"
        case .rotateToken: "bootstrap-hub rotate-token h1 --expires 90d --data /var/lib/bootstrap-hub"
        case .revokeToken: "bootstrap-hub revoke-token h1 --data /var/lib/bootstrap-hub"
        case .addBundle: "bootstrap-hub add-bundle tools.tar.xz --data /var/lib/bootstrap-hub"
        case .addBinary: "bootstrap-hub add-binary host-bootstrap-x86_64 --data /var/lib/bootstrap-hub"
        case .userData:
            "bootstrap-hub user-data host-1 --data /var/lib/bootstrap-hub > user-data"
        case .addKey: "bootstrap-hub add-key my-project --data /var/lib/bootstrap-hub"
        case .listKeys: "bootstrap-hub list-keys --data /var/lib/bootstrap-hub"
        case .revokeKey: "bootstrap-hub revoke-key 3f6c2a90b1d4 --data /var/lib/bootstrap-hub"
        case .addUser: "bootstrap-hub add-user anna --role operator --data /var/lib/bootstrap-hub"
        case .listUsers: "bootstrap-hub list-users --data /var/lib/bootstrap-hub"
        case .removeUser: "bootstrap-hub remove-user anna --data /var/lib/bootstrap-hub"
        case .audit: "bootstrap-hub audit --json --data /var/lib/bootstrap-hub"
        case .backup: "bootstrap-hub backup hub-$(date +%F).db --data /var/lib/bootstrap-hub"
        case .completions: "bootstrap-hub completions bash > /usr/share/bash-completion/completions/bootstrap-hub"
        }
    }
}

/// An option, with a value or without.
struct Option: Equatable {
    let name: String
    /// What its value is called; empty for one that takes none.
    let value: String
    let meaning: String

    static let data = Option("--data", "DIR", "the hub's folder, made when missing; required")
    static let hubURL = Option(
        "--hub-url", "URL", "where the host reaches the hub (default: the origin of the config's hub.url)")
    static let expires = Option(
        "--expires", "TIME", "how long the host's new token is valid, as in 12h or 90d (default: for good)")
    static let database = Option(
        "--database", "URL",
        "share hosts, reports and artifacts' digests with other hubs in PostgreSQL; DIR remembers it")

    init(_ name: String, _ value: String, _ meaning: String) {
        self.name = name
        self.value = value
        self.meaning = meaning
    }
}
