import JSON

/// A tunnel that ssh keeps open.
public struct SSHTunnel: Sendable, Equatable {
    /// The unit that it makes.
    public static let unit = "host-bootstrap-tunnel.service"
    /// The server's name or address; never an option.
    public let host: String
    /// The server's port.
    public internal(set) var port = 22
    /// Whom ssh logs in as.
    public let user: String
    /// Absolute path of the private key.
    public let identityFile: String
    /// Absolute path of the known hosts; nil: the user's own.
    public internal(set) var knownHostsFile: String?
    /// Ports of the server that lead here.
    public internal(set) var remoteForwards: [PortForward] = []
    /// Ports of this host that lead to the server's side.
    public internal(set) var localForwards: [PortForward] = []
}

/// A port that leads to another, written `[BIND:]PORT:HOST:PORT` as ssh(1) does; IPv6 addresses in brackets.
public struct PortForward: Sendable, Equatable, CustomStringConvertible {
    /// The address that is listened at; nil: what ssh does by itself.
    public let bindAddress: String?
    /// The port that is listened at.
    public let port: Int
    /// Where it leads.
    public let host: String
    /// Which port it leads to.
    public let hostPort: Int
    private let text: String

    /// Reads the written form.
    public init?(_ text: String) {
        guard var parts = Self.split(text), parts.count == 3 || parts.count == 4 else { return nil }
        let bind = parts.count == 4 ? parts.removeFirst() : nil
        guard let port = Int(port: parts[0]), let hostPort = Int(port: parts[2]), Self.isHost(parts[1]),
            bind == nil || bind == "*" || bind.map(Self.isHost) == true
        else { return nil }
        bindAddress = bind
        self.port = port
        host = parts[1]
        self.hostPort = hostPort
        self.text = text
    }

    /// As it is written in the config, which is as ssh's -L and -R take it.
    public var description: String { text }

    /// Splits at colons outside brackets, and takes the brackets off.
    private static func split(_ text: String) -> [String]? {
        var parts: [String] = []
        var rest = text[...]
        while true {
            if rest.hasPrefix("[") {
                guard let end = rest.firstIndex(of: "]") else { return nil }
                let address = rest[rest.index(after: rest.startIndex)..<end]
                guard address.contains(":") else { return nil }
                parts.append(String(address))
                rest = rest[rest.index(after: end)...]
            } else {
                let part = rest.prefix { $0 != ":" }
                parts.append(String(part))
                rest = rest.dropFirst(part.count)
            }
            guard let colon = rest.popFirst() else { return parts }
            guard colon == ":" else { return nil }
        }
    }

    private static func isHost(_ text: String) -> Bool { NameRule.sshHost.admits(text) }
}

extension SSHTunnel {
    /// Reads `ssh_tunnel`.
    static func read(_ field: Field) -> SSHTunnel? {
        let known = ["host", "port", "user", "identity_file", "known_hosts_file", "remote_forwards", "local_forwards"]
        guard let fields = field.fields(known) else { return nil }
        let host = fields.required("host")?.name(.sshHost)
        let user = fields.required("user")?.name(.sshUser)
        let identity = fields.required("identity_file")?.absolutePath()
        let port = fields["port"]?.integer(1...65535)
        let knownHosts = fields["known_hosts_file"]?.absolutePath()
        let remote = readForwards(fields["remote_forwards"])
        let local = readForwards(fields["local_forwards"])
        let isEmpty = ["remote_forwards", "local_forwards"].allSatisfy { fields[$0]?.isEmptyArray ?? true }
        if isEmpty {
            fields.contradiction(at: nil, "expected at least one of \"remote_forwards\" and \"local_forwards\"")
        }
        guard let host, let user, let identity else { return nil }
        var tunnel = SSHTunnel(host: host, user: user, identityFile: identity)
        tunnel.port = port ?? tunnel.port
        tunnel.knownHostsFile = knownHosts
        tunnel.remoteForwards = remote
        tunnel.localForwards = local
        return tunnel
    }

    private static func readForwards(_ field: Field?) -> [PortForward] {
        (field?.elements("forwards") ?? []).compactMap { element in
            element.parsed(.badValue, "[BIND:]PORT:HOST:PORT") { PortForward($0) }
        }
    }
}

extension Field {
    fileprivate var isEmptyArray: Bool {
        if case .array(let values) = value.kind { values.isEmpty } else { false }
    }
}
