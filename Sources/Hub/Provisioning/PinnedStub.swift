internal import Digests
internal import Platform

/// The project's stub with one host's settings pinned in as defaults, so that `curl … | sh` needs no more.
///
/// What the environment already says wins. A stub cut off on its way runs nothing, as its braces do not close.
struct PinnedStub {
    let host: HostID
    /// The host's config; nil when it has none, and then none is pinned.
    let config: [UInt8]?
    let hub: HubURL
    let binaries: [ElfMachine: Artifact]
    /// The keys that the host's configs are held to, as `BOOTSTRAP_CONFIG_KEYS` has them; nil for none.
    var keys: String?
    /// Brought to the host before all else; nil when it has one.
    var token: BearerToken?
    /// The project's stub, built in.
    var stub = PackageResources.bootstrap_sh

    var script: [UInt8] {
        Array("#!/bin/sh\n{\n# Settings of host \(host.name), pinned by its hub.\n\(settings)\n".utf8)
            + stub + Array("\n}\n".utf8)
    }

    private var settings: String {
        var lines: [String] = []
        if let config {
            let (served, url) = (ServedConfig(config), "\(hub.text)/bootstrap/\(host.name)/config.json")
            let tokenFile = served?.tokenPlace ?? ServedConfig.usualTokenFile
            // The host's token goes to its hub alone: with somebody's own config goes what they say.
            lines.append("if [ -z \"${BOOTSTRAP_CONFIG:-}\" ]; then BOOTSTRAP_CONFIG=\(ShellWord.quoted(url))")
            lines.append("BOOTSTRAP_TOKEN_FILE=\(ShellWord.quoted(tokenFile))")
            lines.append("export BOOTSTRAP_CONFIG BOOTSTRAP_TOKEN_FILE; fi")
            if let user = served?.user {
                // As root the stub becomes this user; started by another user, it stays that user.
                lines.append("if [ \"$(id -u)\" = 0 ]; then \(pin("BOOTSTRAP_USER", user)); fi")
            }
            if let root = served?.root, root.hasFirstBytes("/") { lines.append(pin("BOOTSTRAP_ROOT", root)) }
            if let token { lines.append(delivery(of: token, to: tokenFile)) }
            let report = FailureReport(
                host: host, hub: hub, config: url, tokenFile: tokenFile, bringsToken: token != nil)
            lines.append(report.script)
        }
        if let keys { lines.append(pin("BOOTSTRAP_CONFIG_KEYS", keys)) }
        if !binaries.isEmpty {
            // Somebody's own binary has somebody's own digest.
            lines.append("if [ -z \"${BOOTSTRAP_BINARY_URL:-}\" ]; then case \"$(uname -m)\" in")
            for (machine, binary) in binaries.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                lines.append("\(machine.rawValue))")
                lines.append("BOOTSTRAP_BINARY_URL=\(ShellWord.quoted(hub.text + binary.urlPath))")
                lines.append(pin("BOOTSTRAP_BINARY_SHA256", binary.digest.hex))
                lines.append("export BOOTSTRAP_BINARY_URL ;;")
            }
            let known = binaries.keys.map(\.rawValue).sorted().joined(separator: " and ")
            lines.append(
                "*) echo \"bootstrap: this machine is $(uname -m), and the hub has a binary for \(known) only:"
                    + " bootstrap-hub add-binary FILE --data DIR\" >&2; exit 4 ;;")
            lines.append("esac; fi")
        }
        return lines.joined(separator: "\n")
    }

    /// Where there is no such user, the stub itself says so, to the hub too.
    private func delivery(of token: BearerToken, to file: String) -> String {
        let delivery = TokenDelivery(file: file, token: token)
        return """
            \(delivery.source)
            if [ "$(id -u)" = 0 ]; then user=${BOOTSTRAP_USER:-${SUDO_USER:-root}}; else user=$(id -un); fi
            if getent passwd "$user" >/dev/null; then
            \(delivery.script)
            fi
            """
    }

    private func pin(_ name: String, _ value: String) -> String {
        "[ -n \"${\(name):-}\" ] || \(name)=\(ShellWord.quoted(value)); export \(name)"
    }
}
