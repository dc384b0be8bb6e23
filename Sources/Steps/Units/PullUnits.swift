import Digests
import HostConfig
import Platform

/// The timer by which a host looks at itself, and the service that does so.
enum PullUnits {
    /// The service's text.
    ///
    /// What it finds to do is done by a detached run, which may change this very unit.
    static func serviceText(root: String, user: String) -> String {
        let arguments = [AgentProgram.path(root: root), "pull", "--root", root]
        return """
            # Written by host-bootstrap from "schedule" in its config; changes made here are overwritten.
            [Unit]
            Description=host-bootstrap, a look at this host
            Wants=network-online.target
            After=network-online.target

            [Service]
            Type=oneshot
            User=\(user)
            ExecStart=\(arguments.map(TunnelUnit.quoted).joined(separator: " "))
            # Another run is under way; the host differs, which is told.
            SuccessExitStatus=6 7
            SyslogIdentifier=host-bootstrap

            """
    }

    /// The timer's text.
    static func timerText(_ schedule: ScheduleSettings, hostID: String) -> String {
        """
        # Written by host-bootstrap from "schedule" in its config; changes made here are overwritten.
        [Unit]
        Description=host-bootstrap, when to look at this host

        [Timer]
        OnActiveSec=\(firstWait(schedule, hostID: hostID))s
        OnUnitActiveSec=\(schedule.everyMinutes)min
        AccuracySec=5s

        [Install]
        WantedBy=timers.target

        """
    }

    /// Seconds from boot to the first look: each host's own, so that many that boot at once do not ask their hub at once, and
    /// a quarter of an hour at most, so that one that seldom runs for long is looked at, too.
    static func firstWait(_ schedule: ScheduleSettings, hostID: String) -> Int {
        let number = Digest.of(Array(hostID.utf8)).bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return 1 + number % min(schedule.everySeconds, 900)
    }
}
