import Hub
import Platform

/// What the commands print line by line.
enum Listing {
    static func hosts(of hub: Hub) throws(HubError) {
        for host in try hub.hosts() {
            Output.print(
                row([
                    host.id, host.state, host.updatedAt ?? "", "\(host.tokens)", host.nextExpiry ?? "", host.message,
                    host.labels,
                ]))
        }
    }

    static func secrets(of hub: Hub) throws(HubError) {
        for secret in try hub.secrets() { Output.print(row(secret)) }
    }

    static func users(of hub: Hub) throws(HubError) {
        for user in try hub.users() { Output.print(row(user)) }
    }

    static func keys(of hub: Hub) throws(HubError) {
        for key in try hub.deltaKeys() { Output.print(row(key)) }
    }

    static func audit(of hub: Hub, last: Int64, asJSON: Bool) throws(HubError) {
        for line in try hub.audit(last: last) { Output.print(asJSON ? "\(line.json)\n" : row(line.fields)) }
    }

    /// What hosts and strangers send is anybody's text: no tab, line's end or control sequence of it gets out.
    private static func row(_ words: [String]) -> String {
        words.map { PathBytes($0.isEmpty ? "-" : $0).shown }.joined(separator: "\t") + "\n"
    }
}
