import HostConfig
import Platform

/// The unit that keeps an SSH tunnel up.
enum TunnelUnit {
    static let name = SSHTunnel.unit

    /// The unit file's text.
    static func text(_ tunnel: SSHTunnel, user: String) -> String {
        """
        # Written by host-bootstrap from "ssh_tunnel" in its config; changes made here are overwritten.
        [Unit]
        Description=SSH tunnel to \(tunnel.host)
        Wants=network-online.target
        After=network-online.target
        StartLimitIntervalSec=0

        [Service]
        User=\(user)
        ExecStart=\(arguments(tunnel).map(quoted).joined(separator: " "))
        Restart=always
        RestartSec=5

        [Install]
        WantedBy=multi-user.target

        """
    }

    private static func arguments(_ tunnel: SSHTunnel) -> [String] {
        let settings = [
            "BatchMode=yes", "ExitOnForwardFailure=yes", "ServerAliveInterval=15", "ServerAliveCountMax=3",
            // The first key seen is kept; with a file of known hosts, no other is taken at all.
            "StrictHostKeyChecking=\(tunnel.knownHostsFile == nil ? "accept-new" : "yes")",
        ]
        let known = tunnel.knownHostsFile.map { ["-o", "UserKnownHostsFile=\($0)"] } ?? []
        let forwards: [String] =
            tunnel.remoteForwards.flatMap { ["-R", $0.description] }
            + tunnel.localForwards.flatMap { ["-L", $0.description] }
        let program: [String] = ["/usr/bin/ssh", "-N", "-T"] + settings.flatMap { ["-o", $0] } + known
        let identity: [String] = ["-i", tunnel.identityFile, "-p", "\(tunnel.port)"]
        return program + identity + forwards + ["--", "\(tunnel.user)@\(tunnel.host)"]
    }

    /// One argument of ExecStart=, as systemd.service(5) reads it: `%` and `$` doubled, quotes and backslashes escaped.
    static func quoted(_ argument: String) -> String {
        let escapes: [Unicode.Scalar: String] = [
            "%": "%%", "$": "$$", "\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\r": "\\r",
        ]
        return "\"\(argument.escaping(escapes))\""
    }
}
