import Digests
import Glibc
import JSON
import Platform
import Testing

@testable import Hub

/// A hub with a folder of its own that answers on a port of this machine.
struct LiveHub: Sendable {
    let hub: Hub
    let folder: String
    let url: String

    /// Runs `body` against a fresh hub and stops it afterwards.
    static func with(
        _ database: TestDatabase = .folder, limits: HubServer.Limits = .init(), proxy: TrustedProxy? = nil,
        hasTLS: Bool = false, onWarning: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (LiveHub) async throws -> Void
    ) async throws {
        try await with(
            try await database.make(), limits: limits, proxy: proxy, hasTLS: hasTLS, onWarning: onWarning, body)
    }

    /// The same, on a database that others may have, too.
    static func with(
        _ database: SharedDatabase?, limits: HubServer.Limits = .init(), proxy: TrustedProxy? = nil,
        hasTLS: Bool = false, onWarning: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (LiveHub) async throws -> Void
    ) async throws {
        // As the program does: who hangs up is told by the call that writes.
        signal(SIGPIPE, SIG_IGN)
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        let hub = try Hub(data: "\(folder)/data", database: database)
        let server = try HubServer(
            hub, on: ListenAddress("127.0.0.1:0"), tls: hasTLS ? try await TestCertificate.make(in: folder) : nil,
            proxy: proxy, limits: limits, onWarning: onWarning,
            onFailure: { Issue.record("\($0.summary)") })
        let result: Result<Void, any Error>
        do { result = .success(try await body(LiveHub(hub: hub, folder: folder, url: server.url.text))) } catch {
            result = .failure(error)
        }
        await server.stop()
        try result.get()
    }

    /// Adds a host and gives its token.
    func host(_ name: String, config: String? = nil) throws -> String {
        let path = try config.map { try file("\(name).json", Array($0.utf8)) }
        guard let token = try hub.addHost(HostID(name), config: path).token else {
            throw HubError.hostExists(name)
        }
        return token
    }

    /// Writes a file outside the hub's data.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Files.replace("\(folder)/\(name)", with: bytes, mode: 0o644)
        return "\(folder)/\(name)"
    }

    /// Adds a bundle of 1000 bytes that are all different from their neighbours.
    func bundle() throws -> Artifact {
        try hub.addBundle(file("tools.tar.xz", Self.content))
    }

    /// What curl needs to believe it is this hub.
    private var trust: [String] { url.hasPrefix("https:") ? ["--cacert", "\(folder)/cert.pem"] : [] }

    static let content = (0..<1000).map { UInt8(ascii: "a") + UInt8($0 % 26) }

    func get(_ path: String, _ arguments: String...) async throws -> Reply {
        try await Reply.curl(trust + arguments + ["\(url)\(path)"])
    }

    /// The same, with a host's token or nobody's.
    func get(_ path: String, as token: String?, _ arguments: String...) async throws -> Reply {
        try await get(path, as: token, arguments)
    }

    func get(_ path: String, as token: String?, _ arguments: [String]) async throws -> Reply {
        let proof = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        return try await Reply.curl(trust + proof + arguments + ["\(url)\(path)"])
    }

    func post(_ report: String, host: String, token: String?, _ arguments: String...) async throws -> Reply {
        let proof = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        return try await Reply.curl(
            trust + proof + arguments + ["--data-binary", "@-", "\(url)/api/v1/hosts/\(host)/status"],
            input: Array(report.utf8))
    }
}

extension LiveHub {
    /// Sends a body, whatever it is.
    func post(_ body: [UInt8], to path: String, _ arguments: [String]) async throws -> Reply {
        try await Reply.curl(trust + arguments + ["--data-binary", "@-", "\(url)\(path)"], input: body)
    }
}

/// What curl got.
struct Reply {
    let status: Int
    let headers: [String: String]
    let body: String

    /// What a script prints.
    static func bash(_ script: String) async throws -> String {
        try await Subprocess.run(Command("/usr/bin/bash", ["-c", script]), timeout: .seconds(300)).output
    }

    static func curl(_ arguments: [String], input: [UInt8] = []) async throws -> Reply {
        let result = try await Subprocess.run(
            Command("/usr/bin/curl", ["-sS", "-i", "--path-as-is", "--max-time", "30"] + arguments, input: input),
            timeout: .seconds(300))
        var text = result.output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        while text.count == 2, text[0].hasPrefix("HTTP/1.1 100") {
            text = text[1].split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        }
        let lines = (text.first ?? "").split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let status = try #require(
            lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }, "curl: \(result.errors)")
        return Reply(status: status, headers: headers, body: text.count == 2 ? String(text[1]) : "")
    }

    var json: JSONValue? { JSONValue(Array(body.utf8)) }
    var errorCode: String? { json?["error"]?["code"]?.text }
}

/// A report that is as it should be, but for what a test changes.
func report(
    host: String = "h1", run: String = "r1", sequence: Int = 1, percent: Int = 50, status: String = "running",
    message: String = "m", events: String = "[]"
) -> String {
    """
    {"host_id": "\(host)", "run_id": "\(run)", "sequence": \(sequence), "phase": "install", "percent": \(percent),
     "status": "\(status)", "message": "\(message)", "steps": [{"id": "apt", "status": "done", "duration_ms": 1234}],
     "events": \(events)}
    """
}
