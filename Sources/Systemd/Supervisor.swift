internal import CSystemd
internal import Glibc
internal import Platform

/// What a service and the systemd that started it tell each other (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)).
///
/// Without systemd nothing happens.
public enum Supervisor {
    /// The service does what it is there for from now on.
    public static func ready() { sd_notify(0, "READY=1") }

    /// It is about to end.
    public static func stopping() { sd_notify(0, "STOPPING=1") }

    /// It is alive.
    public static func alive() { sd_notify(0, "WATCHDOG=1") }

    /// How often systemd wants to hear that; nil when it does not watch.
    ///
    /// A third of that is a good interval.
    public static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// What this process writes to standard error goes to the journal as it is: JOURNAL_STREAM (systemd.exec(5)) names that very
    /// stream, and not the one of a process above.
    public static var journalHasStandardError: Bool {
        let numbers = (ProcessStart.environment("JOURNAL_STREAM") ?? "").split(separator: ":").map { UInt64($0) }
        var status = stat()
        guard numbers.count == 2, fstat(2, &status) == 0 else { return false }
        return numbers[0] == UInt64(status.st_dev) && numbers[1] == UInt64(status.st_ino)
    }

    /// The one listening socket that systemd has opened for this process; nil when there is none.
    public static func listeningSocket() -> Int32? {
        // 1: a stream (SOCK_STREAM), and it listens.
        guard sd_listen_fds(1) == 1, sd_is_socket(3, AF_UNSPEC, 1, 1) > 0 else { return nil }
        return 3
    }
}
