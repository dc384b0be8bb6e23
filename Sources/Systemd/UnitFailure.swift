public import Platform

/// Why a unit does not do what it is there for.
public enum UnitFailure: Explained, Equatable {
    /// There is no unit file of that name.
    case noUnitFile(UnitName)
    /// A link to /dev/null stands in the unit file's place.
    case masked(UnitName, by: String)
    /// systemd refuses its unit file or a drop-in; the lines say where and why.
    case badUnitFile(UnitName, lines: [String])
    /// Its main process ended with an exit code other than 0.
    case exited(UnitName, status: Int32)
    /// systemd could not prepare what the main process was to run in, and says so by an exit code of its own.
    case notSetUp(UnitName, status: Int32)
    /// A command around the main process failed.
    case commandFailed(UnitName)
    /// A signal ended the main process.
    case killed(UnitName, signal: Int32)
    /// It was not there in the time that its unit file grants.
    case tooSlow(UnitName, what: String, seconds: UInt64)
    /// It was started too often in too short a time.
    case startedTooOften(UnitName)
    /// It did not feed its watchdog.
    case watchdog(UnitName)
    /// The kernel killed it for want of memory.
    case outOfMemory(UnitName)
    /// It ended without what its `Type=` promises.
    case brokenPromise(UnitName, type: String, what: String)
    /// systemd did not find or get what it needs: a file of variables, an address to listen on.
    case noResources(UnitName)
    /// It ended well, and was to stay.
    case endedByItself(UnitName, type: String)
    /// Conditions do not hold, so systemd did not start it.
    case unmetConditions(UnitName, [String])
    /// Assertions do not hold, so systemd refused to start it.
    case unmetAssertions(UnitName, [String])
    /// systemd did not start it, since something that it requires is not there.
    case notStarted(UnitName, requirements: [String])
    /// Anything else, in systemd's words.
    case other(UnitName, result: String, state: String)

    /// Words for each case.
    public var explanation: Explanation { Explanation(problem, at: unit.text, hint: hint) }

    /// The unit.
    public var unit: UnitName {
        switch self {
        case .noUnitFile(let unit), .masked(let unit, _), .badUnitFile(let unit, _), .exited(let unit, _),
            .notSetUp(let unit, _), .commandFailed(let unit), .killed(let unit, _), .tooSlow(let unit, _, _),
            .startedTooOften(let unit), .watchdog(let unit), .outOfMemory(let unit), .brokenPromise(let unit, _, _),
            .noResources(let unit), .endedByItself(let unit, _), .unmetConditions(let unit, _),
            .unmetAssertions(let unit, _), .notStarted(let unit, _), .other(let unit, _, _):
            unit
        }
    }

    private var problem: String {
        switch self {
        case .noUnitFile: "there is no unit file"
        case .masked(_, let path): "is masked\(path.isEmpty ? "" : ": \(path) leads to /dev/null")"
        case .badUnitFile(_, let lines):
            lines.isEmpty
                ? "systemd refuses its unit file" : "systemd refuses its unit file: " + lines.joined(separator: "; ")
        case .exited(_, let status): "ended with exit code \(status)"
        case .notSetUp(_, let status): Self.setUpErrors[status]?.problem ?? "ended with exit code \(status)"
        case .commandFailed:
            "a command around its main one failed (ExecStartPre=, ExecStartPost=, ExecStop= or the like)"
        case .killed(_, let signal): "was ended by signal \(signal)"
        case .tooSlow(_, let what, let seconds): "\(what) within \(seconds) s"
        case .startedTooOften: "was started too often in too short a time"
        case .watchdog: "did not feed its watchdog in time"
        case .outOfMemory: "was killed, since memory ran out"
        case .brokenPromise(_, let type, let what): "ended early, although it is Type=\(type): \(what)"
        case .noResources: "systemd could not get it what it needs"
        case .endedByItself(_, let type): "ended by itself, without an error; Type=\(type) is to stay"
        case .unmetConditions(_, let names):
            "was not started, since a condition in its unit file does not hold: " + names.joined(separator: ", ")
        case .unmetAssertions(_, let names):
            "may not be started, since an assertion in its unit file does not hold: " + names.joined(separator: ", ")
        case .notStarted(_, let names):
            "was not started, since what it requires is not there"
                + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
        case .other(_, let result, let state): "is \(state), with the result \(result)"
        }
    }

    private var hint: String {
        let look = "systemctl status '\(unit)'; journalctl -u '\(unit)' -n 50"
        let text = "systemctl cat '\(unit)' shows its unit file and drop-ins"
        return switch self {
        case .noUnitFile: "let the config or the bundle bring one; systemctl list-unit-files shows what there is"
        case .masked:
            "if it is to run: sudo systemctl unmask '\(unit)', or host-bootstrap apply --config FILE --take-over; if it is not: "
                + "\"masked\": true in the config"
        case .badUnitFile: "correct that line, and run again; systemd-analyze verify '\(unit)' shows what systemd reads"
        case .exited, .commandFailed, .killed, .other: look
        case .notSetUp(_, let status): "\(Self.setUpErrors[status]?.hint ?? look); \(text)"
        case .tooSlow:
            "it hangs, or TimeoutStartSec= is too short, or its Type= is another: \(text); journalctl -u '\(unit)' -n 50"
        case .brokenPromise:
            "is its Type= right? systemd.service(5) tells what each must do; \(text); journalctl -u '\(unit)' -n 50"
        case .startedTooOften: "journalctl -u '\(unit)' -n 50 shows why it ends each time"
        case .watchdog: "it hangs, or WatchdogSec= is too short for it; journalctl -u '\(unit)' -n 50"
        case .outOfMemory: "sudo journalctl -k -g 'out of memory'; look at MemoryMax= and at free -h"
        case .noResources: "journalctl -u '\(unit)' -n 50 names it: a missing EnvironmentFile=, an address in use"
        case .endedByItself:
            "if it is there to do its work and end, say Type=oneshot in its unit file; else journalctl -u '\(unit)' -n 50"
        case .unmetConditions, .unmetAssertions:
            "make it hold, or leave the unit out of this host's config; \(text)"
        case .notStarted: "systemctl list-dependencies '\(unit)' shows which; systemctl --failed"
        }
    }

    /// Exit codes by which systemd says that it could not run the program at all, see systemd.exec(5).
    static let setUpErrors: [Int32: (problem: String, hint: String)] = [
        200: ("its WorkingDirectory= cannot be entered (200/CHDIR)", "does the folder exist, may User= enter it?"),
        203: (
            "its program cannot be run (203/EXEC)",
            "is the program of ExecStart= there, executable, made for this machine, and its interpreter too?"
        ),
        208: ("its standard input cannot be opened (208/STDIN)", "look at StandardInput="),
        209: ("its standard output cannot be opened (209/STDOUT)", "look at StandardOutput=: folder, owner and mode"),
        210: ("its RootDirectory= cannot be entered (210/CHROOT)", "does the folder exist?"),
        216: ("its Group= cannot be taken (216/GROUP)", "getent group shows whether the group exists"),
        217: ("its User= cannot be taken (217/USER)", "getent passwd shows whether the user exists"),
        218: ("its capabilities cannot be set (218/CAPABILITIES)", "look at AmbientCapabilities= and its like"),
        226: (
            "its view of the file system cannot be made (226/NAMESPACE)",
            "do the paths of ReadWritePaths=, BindPaths= and their like exist?"
        ),
        233: ("its RuntimeDirectory= cannot be made (233/RUNTIME_DIRECTORY)", "look at its name, owner and mode"),
        238: ("its StateDirectory= cannot be made (238/STATE_DIRECTORY)", "look at its name, owner and mode"),
        239: ("its CacheDirectory= cannot be made (239/CACHE_DIRECTORY)", "look at its name, owner and mode"),
        240: ("its LogsDirectory= cannot be made (240/LOGS_DIRECTORY)", "look at its name, owner and mode"),
        243: ("its credentials cannot be set up (243/CREDENTIALS)", "do the files of LoadCredential= exist?"),
    ]
}
