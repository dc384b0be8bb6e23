import Hub
import Platform
import Systemd

/// How a hub is served, until a signal ends it.
struct Serving {
    let address: ListenAddress
    let tls: TLSFiles?
    let names: [String]
    let proxy: TrustedProxy?

    func run(_ hub: Hub, data: String) async throws(HubError) {
        let left = try hub.hostsLeftBehind()
        if left > 0 {
            Output.diagnose("warning: \(data)/hub.db holds \(left) hosts that are not in the shared database")
        }
        let signals = SignalWatch()
        let server = try HubServer(
            hub, on: address, taking: Supervisor.listeningSocket(), tls: tls, names: names, proxy: proxy,
            onWarning: { Output.diagnose("warning: \($0)") }, onFailure: { Output.explain($0) })
        Output.print("listening on \(server.url.text)\n")
        if tls == nil, !server.url.isLoopback {
            Output.diagnose(
                "warning: it speaks no TLS: whoever reaches it directly sends tokens and passwords in the clear")
        }
        if proxy == nil, !server.url.isLoopback, (try? hub.hasUsers()) == false {
            Output.diagnose(
                "warning: there are no users, so that nobody may read from elsewhere: "
                    + "bootstrap-hub add-user NAME --role operator")
        }
        Supervisor.ready()
        let watchdog = Task { await Self.feedWatchdog(hub) }
        for await _ in signals.signals { break }
        watchdog.cancel()
        await watchdog.value
        Supervisor.stopping()
        await server.stop()
    }

    /// Tells systemd that all is well as long as the database answers.
    private static func feedWatchdog(_ hub: Hub) async {
        guard let interval = Supervisor.watchdogInterval else { return }
        while !Task.isCancelled {
            if await hub.answers() { Supervisor.alive() }
            try? await Task.sleep(for: interval / 3)
        }
    }
}
