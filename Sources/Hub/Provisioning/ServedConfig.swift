internal import JSON
internal import Platform

/// A host's config as the hub sees it: kept byte for byte, read only for what a first boot needs.
struct ServedConfig: Sendable {
    private let content: JSONNode

    /// Nil when the bytes are no JSON object.
    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONNode(bytes), case .object = node.kind else { return nil }
        content = node
    }

    /// The user that the agent runs as.
    var user: String? { content["bootstrap_user"]?.text }
    /// `bootstrap_root`.
    var root: String? { content["bootstrap_root"]?.text }
    /// Where the host keeps its token: where the agent looks for it, or the usual place; nil for what is no absolute path.
    var tokenPlace: String? {
        let file = content["hub"]?["token"]?["file"]?.text ?? Self.usualTokenFile
        return file.hasFirstBytes("/") || file.hasFirstBytes("~/") ? file : nil
    }
    /// Below the bootstrap user's home.
    static let usualTokenFile = "~/.hub-token"
    /// `hub.url`.
    var reportsTo: String? { content["hub"]?["url"]?.text }
    /// Where the agent sends its reports.
    var hub: HubURL? { content["hub"]?["url"]?.text.flatMap { HubURL(originOf: $0) } }

    /// The fields that seem to hold a secret as it is, as in `hub.token`.
    ///
    /// By their names and shapes only: what a secret is called is anybody's choice.
    var secretFields: [String] { secretFields(in: content, at: "") }

    private func secretFields(in node: JSONNode, at path: String) -> [String] {
        switch node.kind {
        case .object(let members):
            members.flatMap { member in
                let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
                let isNamedSo = SecretShape.isSecretName(member.name) && member.value.text?.isEmpty == false
                return isNamedSo ? [inner] : secretFields(in: member.value, at: inner)
            }
        case .array(let items):
            items.enumerated().flatMap { secretFields(in: $1, at: "\(path)[\($0)]") }
        case .string(let text): SecretShape.isSecretURL(text) ? [path] : []
        case .null, .boolean, .number, .invalid: []
        }
    }
}

/// What a secret in a config looks like.
enum SecretShape {
    private static let names = [
        "token", "password", "passwd", "secret", "private_key", "api_key", "access_key", "credential", "authorization",
    ]
    private static let endingsOfPlaces = ["_file", "_path", "_env", "_url"]
    private static let parameters = ["signature", "sig", "token", "credential", "password", "key", "secret"]

    /// The name of a field whose text is a secret itself, not the place of one.
    static func isSecretName(_ name: String) -> Bool {
        let name = name.lowercased()
        return names.contains { name.contains($0) } && !endingsOfPlaces.contains { name.hasSuffix($0) }
    }

    /// A URL with a password, or a query that grants access.
    static func isSecretURL(_ text: String) -> Bool {
        let halves = text.parts(at: "?", maxSplits: 1)
        let parts = halves[0].parts(at: "/", maxSplits: 3)
        guard parts.count >= 3, parts[0].hasLastBytes(":"), parts[1].isEmpty else { return false }
        let user = parts[2].parts(at: "@")
        if user.count > 1, user[0].utf8.contains(UInt8(ascii: ":")) { return true }
        guard halves.count == 2 else { return false }
        return halves[1].parts(at: "&").contains { parameter in
            let name = parameter.parts(at: "=")[0].lowercased()
            return parameters.contains { name == $0 || name.hasSuffix("-\($0)") || name.hasSuffix("_\($0)") }
        }
    }
}
