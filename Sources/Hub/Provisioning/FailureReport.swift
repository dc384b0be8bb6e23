internal import Platform

/// The part of a hub's stub that tells the hub why no agent began: a function that the stub calls before it fails.
///
/// Whatever comes of it, the stub's exit code is its own; it ends within 20 seconds. The token goes to the hub that has the
/// config and to no redirect, by standard input, so that it is in no process list.
struct FailureReport {
    /// Such a report shows no agent: a join token may be used again after it.
    static let header = (name: "x-bootstrap-phase", value: "stub")

    let host: HostID
    let hub: HubURL
    /// Of the config that the hub has for the host.
    let config: String
    let tokenFile: String
    /// The script has a function `token` that prints the host's token.
    let bringsToken: Bool

    /// Nothing where the token would cross a network in the clear, as the stub itself would refuse.
    var script: String {
        guard hub.isSecure || hub.isLoopback else { return "" }
        let start = #"{"host_id":"\#(host.name)","run_id":"stub-'"$(date +%s)-$$"'","sequence":1,"phase":"stub","#
        let rest = #""percent":0,"status":"failed","message":"'"$text"'"}"#
        let around = hub.isLoopback ? " --noproxy '*'" : ""
        return """
            tell_hub() {
                # Who stopped it knows; a config of somebody else's is not this hub's matter.
                [ "$code" -lt 129 ] && [ "${BOOTSTRAP_CONFIG:-}" = \(ShellWord.quoted(config)) ] || return 0
                secret=$(\(bringsToken ? "token" : reading))
                case $secret in '' | *[!0-9A-Za-z._~+/=-]*) return 0 ;; esac
                text=$(printf %s "$1" | LC_ALL=C tr -c ' !#-[]-~' ' ' | cut -c1-999)
                echo "header=\\"Authorization: Bearer $secret\\"" | as_user curl -s -m 20 -o /dev/null\(around) -K - \\
                    -H 'Content-Type: application/json' -H '\(Self.header.name): \(Self.header.value)' \\
                    -d '\(start)\(rest)' \(ShellWord.quoted("\(hub.text)/api/v1/hosts/\(host.name)/status"))
            } 2>/dev/null
            """
    }

    private var reading: String {
        tokenFile.hasPrefix("~/")
            ? "as_user cat \"${home:-}\"/\(ShellWord.quoted(String(tokenFile.dropFirst(2))))"
            : "as_user cat \(ShellWord.quoted(tokenFile))"
    }
}
