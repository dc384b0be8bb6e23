import Systemd

/// Settings that only describe, order, limit or confine the unit itself; see systemd.directives(7).
enum UnitKeys {
    /// What may be named by any unit: points on the way of a boot.
    static let targets: Set<String> = [
        "multi-user.target", "default.target", "graphical.target", "network.target", "network-online.target",
        "nss-lookup.target", "time-sync.target", "local-fs.target", "remote-fs.target", "sockets.target",
        "timers.target", "swap.target", "paths.target", "basic.target", "sysinit.target",
    ]

    private static let plain: [String: Set<String>] = [
        "Unit": [
            "Description", "Documentation", "After", "Before", "RequiresMountsFor", "WantsMountsFor",
            "StartLimitIntervalSec", "StartLimitBurst", "StopWhenUnneeded", "RefuseManualStart", "RefuseManualStop",
            "CollectMode", "DefaultDependencies",
        ],
        "Service": [
            "Type", "RemainAfterExit", "Restart", "RestartSec", "RestartSteps", "RestartMaxDelaySec", "TimeoutSec",
            "TimeoutStartSec", "TimeoutStopSec", "TimeoutAbortSec", "RuntimeMaxSec", "WatchdogSec", "WatchdogSignal",
            "NotifyAccess", "SuccessExitStatus", "RestartPreventExitStatus", "RestartForceExitStatus", "KillMode",
            "KillSignal", "RestartKillSignal", "SendSIGHUP", "SendSIGKILL", "FinalKillSignal", "Environment",
            "UnsetEnvironment", "UMask", "Nice", "OOMScoreAdjust", "OOMPolicy", "SyslogIdentifier", "SyslogLevel",
            "SyslogFacility", "LogLevelMax", "LogRateLimitIntervalSec", "LogRateLimitBurst", "GuessMainPID",
            "NoNewPrivileges", "LockPersonality", "MemoryDenyWriteExecute", "RemoveIPC", "DynamicUser",
            "ReadOnlyPaths", "ReadWritePaths", "InaccessiblePaths", "NoExecPaths", "ExecPaths", "WorkingDirectory",
            "CapabilityBoundingSet", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve",
            "StateDirectoryMode", "CacheDirectoryMode", "LogsDirectoryMode", "ConfigurationDirectoryMode", "ProcSubset",
            "KeyringMode", "IgnoreSIGPIPE", "TimeoutStartFailureMode", "TimeoutStopFailureMode", "ExitType",
        ],
        "Socket": [
            "SocketMode", "Accept", "MaxConnections", "MaxConnectionsPerSource", "Backlog", "KeepAlive", "NoDelay",
            "ReusePort", "BindIPv6Only", "PassCredentials", "RemoveOnStop", "FileDescriptorName", "DirectoryMode",
            "TriggerLimitIntervalSec", "TriggerLimitBurst", "SocketUser", "SocketGroup",
        ],
        "Timer": [
            "AccuracySec", "RandomizedDelaySec", "FixedRandomDelay", "Persistent", "WakeSystem", "RemainAfterElapse",
        ],
        "Path": [
            "PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty",
            "TriggerLimitIntervalSec", "TriggerLimitBurst",
        ],
        "Install": ["DefaultInstance"],
    ]

    /// All that begin like these.
    private static let families: [String: [String]] = [
        "Unit": ["Condition", "Assert", "X-"], "Timer": ["On", "X-"], "Socket": ["X-"], "Path": ["X-"],
        "Install": ["X-"],
        "Slice": ["CPU", "Memory", "Tasks", "IO", "IPAddress", "X-"],
        "Service": [
            "Limit", "CPU", "Memory", "Tasks", "IO", "Private", "Protect", "Restrict", "SystemCall", "IPAddress", "X-",
        ],
    ]

    /// What begins like one of a family and is none.
    private static let exceptions: Set<String> = ["RestrictNetworkInterfaces", "OnFailure", "OnSuccess", "MemoryKSM"]

    static func harmless(_ setting: UnitText.Assignment) -> Bool {
        if plain[setting.section]?.contains(setting.key) == true { return true }
        guard !exceptions.contains(setting.key) else { return false }
        return families[setting.section]?.contains { setting.key.hasPrefix($0) } == true
    }
}
