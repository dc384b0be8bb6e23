public import Platform

/// Why systemd did not do what it was asked for.
public enum SystemdError: Explained, Equatable {
    /// The system bus cannot be reached.
    case noBus(reason: String)
    /// A user's own systemd cannot be reached; `manager` is the unit that it runs in.
    case noUserSystemd(manager: String, reason: String)
    /// systemd refused a call, in its own words.
    case refused(call: String, unit: String, name: String, message: String)
    /// The unit's job did not end in time.
    case slow(unit: String, seconds: Int64)
    /// Nobody waits for the unit's job any more.
    case notAwaited(unit: String)
    /// The name is no unit's.
    case badName(String)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .noBus(let reason):
            Explanation(
                "the system bus cannot be reached: \(reason)", at: "/run/dbus/system_bus_socket",
                hint: "systemctl status dbus.socket; is systemd process 1? ps -p 1")
        case .noUserSystemd(let manager, let reason):
            Explanation(
                "the user's own systemd cannot be reached: \(reason)", at: manager,
                hint:
                    "sudo systemctl start '\(manager)'; sudo journalctl -b -u '\(manager)' -n 50 tells why it does not run"
            )
        case .refused(let call, let unit, let name, let message):
            Explanation("\(call): \(message) (\(name))", at: unit, hint: Self.remedy(call, unit, name))
        case .slow(let unit, let seconds):
            Explanation(
                "its job did not end within \(seconds) s", at: unit, hint: "systemctl list-jobs shows what it waits for"
            )
        case .notAwaited(let unit):
            Explanation(
                "was stopped while it waited for the unit's job, which goes on", at: unit,
                hint: "systemctl list-jobs shows it; run again")
        case .badName(let name):
            Explanation(
                "is no unit's name", at: name, hint: "letters, digits, :-_.\\@ and a suffix such as .service")
        }
    }

    private static func remedy(_ call: String, _ unit: String, _ name: String) -> String {
        switch (call, name.split(separator: ".").last) {
        case (_, "AccessDenied"), (_, "InteractiveAuthorizationRequired"):
            "only root may: host-bootstrap preflight --config FILE shows how to allow it"
        case (_, "NoReply"), (_, "Timeout"), (_, "NoServer"):
            "systemd is busy or hangs: systemctl list-jobs, and sudo journalctl -b _PID=1 -n 50"
        case ("Reload", _): "sudo systemctl daemon-reload tries the same; sudo journalctl -b _PID=1 -n 50"
        case ("EnableUnitFiles", _): "sudo systemctl enable '\(unit)' tells more; look at its [Install] section"
        default: "systemctl status '\(unit)' and journalctl -u '\(unit)'"
        }
    }
}
