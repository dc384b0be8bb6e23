/// How the program ends, as the contract page fixes it.
enum ExitCode: Int32, CaseIterable {
    case done = 0
    case failed = 1
    case usage = 2
    case invalidConfig = 3
    case preflightFailed = 4
    case integrity = 5
    case locked = 6
    case changesPlanned = 7
    case interrupted = 130
    case terminated = 143

    /// What has happened, and what to do about it.
    var explanation: (cause: String, remedy: String) {
        switch self {
        case .done:
            (
                "All went well; of apply and status --verify: the host matches the config.",
                "Nothing. Where the last line says \"degraded\", something is lacking all the same, which it names."
            )
        case .failed:
            (
                "A step failed, and those that need it were left out; what was done before it stays.",
                "Follow the hint behind the error, then run the same again: it goes on where it stopped. host-bootstrap status"
                    + " shows it once more, bootstrap.log has all of it."
            )
        case .usage:
            (
                "The command line has a word that is unknown or missing; nothing was touched.",
                "host-bootstrap COMMAND --help shows what there is."
            )
        case .invalidConfig:
            (
                "The config has mistakes; nothing was touched.",
                "host-bootstrap check --config FILE tells all of them with line and column, host-bootstrap explain CODE more of one."
            )
        case .preflightFailed:
            (
                "The host is not fit for a run, or is not as a plan found it; nothing was touched.",
                "host-bootstrap preflight --config FILE shows each check with its remedy; for a plan, make it anew."
            )
        case .integrity:
            (
                "A digest, signature, manifest or archive is not what it should be; what it was for is as before.",
                "Compare the digest with the publisher's; publish the bundle again, or correct the config."
            )
        case .locked:
            (
                "Another run has this host, or another process keeps the lock.",
                "host-bootstrap status --follow shows the run; --wait-lock SECONDS waits for its end."
            )
        case .changesPlanned:
            (
                "The host differs from the config: there is something that apply would do.",
                "Read the differences, then run host-bootstrap apply --config FILE."
            )
        case .interrupted:
            ("Somebody stopped it by Ctrl-C (SIGINT); it ended in order.", "Run it again: it goes on where it stopped.")
        case .terminated:
            (
                "Something stopped it by SIGTERM, such as a shutdown or systemctl stop; it ended in order.",
                "Run it again: it goes on where it stopped."
            )
        }
    }
}
