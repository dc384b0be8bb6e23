/// The commands, their options and their help, side by side.
enum Subcommand: String, CaseIterable {
    case initialize = "init"
    case apply, plan, check, preflight, status, timings, rollback, uninstall, bundle, schema, explain, completions
    case pull, hydrate, trust
    case installHelper = "install-helper"
    case privilegedHelper = "privileged-helper"
    case detachedRun = "detached-run"

    /// Commands that a person types.
    static let shown = allCases.filter { ![.privilegedHelper, .detachedRun].contains($0) }

    var summary: String {
        switch self {
        case .initialize: "write a first config, and a bundle folder for what DIR holds"
        case .apply: "make the host match the config; the default command"
        case .plan: "say what apply would change, touch nothing"
        case .check: "validate the config only, no host needed"
        case .preflight: "run every preflight check, report all of them"
        case .status: "what the last run did, what is installed now"
        case .timings: "per-step timings and the critical path of the last run"
        case .rollback: "go back to a version of a bundle that is still installed"
        case .uninstall: "take away what was made on this host, in reverse"
        case .pull: "fetch the config, look, and report or repair, as \"schedule\" says"
        case .hydrate: "fill folders of data; needs no systemd, sudo, user or hub"
        case .explain: "what an exit code or a mistake's code means; all without one"
        case .completions: "print a completion script for a shell"
        case .schema: "print the JSON Schema of the config"
        case .bundle: "install, pack or verify a bundle, or tell two apart"
        case .installHelper: "as root: let a bootstrap user act as root by the helper alone, without sudo for all"
        case .trust: "the keys that this host holds configs to; or forget them"
        case .privilegedHelper: "answer the agent's requests that need root"
        case .detachedRun: "do the run that apply --detach left ready"
        }
    }

    var operands: [String] {
        switch self {
        case .bundle: ["install|pack|verify|delta", "SOURCE"]
        case .rollback: ["BUNDLE"]
        case .completions: ["bash|zsh|fish"]
        default: []
        }
    }

    /// Operands that may be left out.
    var optionalOperands: [String] {
        switch self {
        case .explain: ["CODE"]
        case .bundle: ["NEW"]
        case .initialize: ["DIR"]
        case .hydrate: ["URL"]
        default: []
        }
    }

    var options: [Option] {
        let config = Option("--config", "FILE", "the config; - reads standard input", isRequired: true)
        let signing = [
            Option(
                "--config-key", "KEY", "the config must be signed by this minisign key (repeatable)", isRepeatable: true
            ),
            Option("--config-threshold", "NUMBER", "by so many of the keys (default 1)"),
            Option("--config-signature", "FILE", "where its signature is (default: the config's path and .minisig)"),
        ]
        let takeOver = Option("--take-over", "take masks and drop-ins away that others gave the config's units")
        let retry = Option("--retry-version", "take the versions again that were rolled back from")
        let verify = Option("--verify", "read every installed file, whatever its times say")
        let json = Option("--json", "the same for programs, on standard output")
        let color = Option("--color", "WHEN", "auto, always or never (default auto: on a terminal)")
        let shown = [Option("--no-progress", "only what has ended: no live display, no signs of life"), color]
        let root = Option("--root", "DIR", "the bootstrap root (default: ~/cocalc-host)")
        switch self {
        case .apply:
            return [
                config, Option("--no-parallel", "one step at a time, in a fixed order"),
                Option("--only", "STEP", "run this step and what it needs (repeatable)", isRepeatable: true),
                Option("--skip", "STEP", "take this step as done (repeatable)", isRepeatable: true),
                takeOver, retry, verify,
                Option("--plan", "FILE", "do what plan --json said, or nothing if the host has changed since"),
                Option("--json", "one event per line on standard output"),
                Option("--wait-lock", "SECONDS", "wait so long for another run to end"),
                Option("--verbose", "tell every change and what steps do meanwhile"),
                Option(
                    "--detach", "have a transient unit do it, and show it; Ctrl-C or a lost connection do not end it"),
            ] + shown + signing
        case .plan: return [config, takeOver, retry, verify, color, json] + signing
        case .check, .preflight: return [config, json] + signing
        case .trust:
            return [Option("--forget", "trust no key any more: configs are taken unsigned until one is given"), json]
        case .status:
            return [
                root, Option("--verify", "look at all that is owned, without the network; changes nothing"),
                Option("--follow", "show the run that is under way, or else the last one, and end with its exit code"),
                json,
            ] + shown
        case .timings:
            return [root, json, Option("--trace", "in the Trace Event Format instead, for ui.perfetto.dev")]
        case .uninstall:
            return [
                root, Option("--dry-run", "only say what would be taken away, and what would stay"),
                Option("--packages", "the packages go too that were not there before"),
                Option("--purge-data", "sets of data and the btrfs image go too"), json,
            ]
        case .rollback:
            return [
                config, Option("--to", "VERSION", "the version (default: the last healthy one before)"),
                Option("--json", "one event per line on standard output"),
                Option("--wait-lock", "SECONDS", "wait so long for another run to end"),
            ] + shown + signing
        case .bundle:
            return [
                Option("--into", "DIR", "install: the folder to make; it appears whole or not at all"),
                Option("--sha256", "HEX", "install: the digest it must have"),
                Option("--size", "BYTES", "install: the length it must have"),
                Option("--checksum-url", "URL", "install: where its digest is published"),
                Option("--no-verify", "install: take it unverified"),
                Option("--ca-file", "FILE", "install: certificates to trust besides the system's"),
                Option("--header-file", "FILE", "install: a token, or NAME: VALUE, to send to the URL's server"),
                Option("--max-unpacked-mb", "MB", "install, verify: how much it may unpack to (default 4096)"),
                Option(
                    "--name", "NAME",
                    "pack: its name (default: as DIR/manifest.json, package.json or pyproject.toml says)"),
                Option("--bundle-version", "VERSION", "pack: its version (default: the same)"),
                Option("--arch", "ARCH", "pack: any, x86_64 or aarch64 (default: the same, or any)"),
                Option("--output", "FILE", "pack, delta: the file (default: NAME-VERSION-ARCH.tar.zst here)"),
            ] + shown
        case .pull: return [root, json]
        case .hydrate:
            return [
                Option(
                    "--config", "FILE", "a config with \"data\", a host's or one of its own; - reads standard input"),
                Option("--into", "DIR", "URL: the folder to fill"),
                Option("--files", "NAMES", "URL: the files that must be there, with commas between"),
                Option(
                    "--environment", "PREFIX", "take all of it from PREFIX_INDEX_BOOTSTRAP_ARCHIVE_URL and its like"),
                Option("--sha256", "HEX", "the digest that the archive must have"),
                Option("--checksum-url", "URL", "where its digest is published (default: .sha256 beside it)"),
                Option("--size", "BYTES", "the length it must have"),
                Option("--ca-file", "FILE", "certificates to trust besides the system's"),
                Option("--header-file", "FILE", "a token, or NAME: VALUE, to send to the URL's server"),
                Option("--max-unpacked-mb", "MB", "how much it may unpack to (default 4096)"),
                Option("--background", "return at once; .host-bootstrap-status.json in each folder says how it goes"),
                Option("--status-file", "write that file, and wait"),
            ] + signing
        case .initialize:
            return [
                Option("--start", "COMMAND", "what starts it (default: as its package.json or pyproject.toml says)"),
                Option("--name", "NAME", "what it is called (default: the same, or DIR's name)"),
                Option("--bundle-version", "VERSION", "its version (default: the same, or 0.1.0)"),
                Option("--health", "URL", "what answers well when it is ready"),
                Option("--node", "VERSION", "Node of nodejs.org's (default: what package.json names, or Debian's)"),
                Option("--user", "NAME", "the bootstrap user (default: you, unless you are root)"),
                Option("--host", "ID", "the host's id (default: this machine's name, or host-1 with a hub)"),
                Option("--hub-url", "URL", "the hub that serves it (default: none; the bundle stays here)"),
                Option("--into", "FOLDER", "where config and bundle go (default: beside DIR)"),
                Option("--update", "pack DIR again, and put the new bundle into the config"),
            ]
        case .installHelper:
            return [
                Option("--user", "NAME", "the bootstrap user (default: who called sudo)"),
                Option(
                    "--unit", "UNIT", "let a unit of others be written, started, stopped, masked (repeatable)",
                    isRepeatable: true),
                Option(
                    "--root-unit", "UNIT", "let this unit run as root, whatever its text (repeatable)",
                    isRepeatable: true),
                Option(
                    "--key", "KEY", "take newer versions that this key of minisign's has signed (repeatable)",
                    isRepeatable: true),
                Option("--signature", "FILE", "as the bootstrap user: let this version take the helper's place"),
                Option("--remove", "take it away again"),
            ]
        case .schema, .explain, .completions, .privilegedHelper, .detachedRun: return []
        }
    }

    var example: String {
        switch self {
        case .apply: "host-bootstrap apply --config host.json"
        case .plan: "host-bootstrap plan --config host.json"
        case .check: "host-bootstrap check --config host.json --json"
        case .preflight: "host-bootstrap preflight --config host.json"
        case .status: "host-bootstrap status --root ~/cocalc-host"
        case .timings: "host-bootstrap timings --json"
        case .rollback: "host-bootstrap rollback project-host --config host.json"
        case .uninstall: "host-bootstrap uninstall --dry-run"
        case .explain: "host-bootstrap explain unknown-field"
        case .completions: "source <(host-bootstrap completions bash)"
        case .schema: "host-bootstrap schema > host-config.schema.json"
        case .bundle: "host-bootstrap bundle pack tools --name tools --bundle-version 1.2.0"
        case .pull: "host-bootstrap pull --root ~/cocalc-host"
        case .hydrate: "host-bootstrap hydrate https://a.example/x.zip --into d --files x.bin"
        case .initialize: "host-bootstrap init web --hub-url https://hub.example.org"
        case .installHelper: "sudo host-bootstrap install-helper --user ops"
        case .trust: "host-bootstrap trust --json"
        case .privilegedHelper: "sudo -n host-bootstrap privileged-helper"
        case .detachedRun: "systemctl status host-bootstrap-run-1000.service"
        }
    }
}

/// One option of a command.
struct Option {
    let name: String
    /// What its value is called in the help; nil when it takes none.
    let value: String?
    let meaning: String
    let isRepeatable: Bool
    let isRequired: Bool

    static let everywhere = [Option("--help", "show this"), Option("--version", "print versions")]

    init(_ name: String, _ value: String, _ meaning: String, isRepeatable: Bool = false, isRequired: Bool = false) {
        self.name = name
        self.value = value
        self.meaning = meaning
        self.isRepeatable = isRepeatable
        self.isRequired = isRequired
    }

    init(_ name: String, _ meaning: String) {
        self.name = name
        value = nil
        self.meaning = meaning
        isRepeatable = false
        isRequired = false
    }
}
