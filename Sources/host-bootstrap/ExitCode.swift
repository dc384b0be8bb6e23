/// How the program ends, as the contract page fixes it.
enum ExitCode: Int32 {
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
}
