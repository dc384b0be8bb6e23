import Platform
internal import Glibc

/// Where the hosts provision from: `integration-vm/site up` started a hub, a TLS front and the fixtures.
enum Site {
    /// The checkout, from this file's own path.
    static let checkout = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
    /// The folder that `site up` filled; nil when nobody called it.
    static let folder = getenv("HOST_BOOTSTRAP_SITE").map { String(cString: $0) }
    /// The release to test.
    static let distribution = getenv("HOST_BOOTSTRAP_DIST").map { String(cString: $0) } ?? "\(checkout)/dist"
    /// The releases whose hosts are played besides Debian's stable ones.
    static let releases = (getenv("HOST_BOOTSTRAP_SYSTEMS").map { String(cString: $0) } ?? "")
        .split(separator: " ").map(String.init)
    static let agentInHost = "/usr/local/bin/host-bootstrap"

    static var environment: [String: String] {
        var environment = Command.plainEnvironment
        for name in ["HOME", "XDG_CACHE_HOME"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        environment["HOST_BOOTSTRAP_SITE"] = folder
        environment["HOST_BOOTSTRAP_DIST"] = distribution
        return environment
    }

    /// Runs `integration-vm/site`.
    @discardableResult
    static func run(_ arguments: String...) async throws -> String { try await run(arguments) }

    @discardableResult
    static func run(_ arguments: [String], input: String = "") async throws -> String {
        let site = Command(
            "\(checkout)/integration-vm/site", arguments, environment: environment, input: Array(input.utf8))
        let result = try await Subprocess.run(site, timeout: .seconds(120))
        return try result.check().output
    }

    /// A host's config in a file; each change is `path.to.field=JSON`.
    static func config(_ host: String, bundles version: String = "1.0.0", _ changes: String...) async throws -> String {
        try await config(host, bundles: version, changes: changes)
    }

    static func config(
        _ host: String, bundles version: String = "1.0.0", changes: [String]
    ) async throws -> String {
        try write(try await run(["config", host, version] + changes), for: host)
    }

    /// A config of a host's that installs nothing, with these members besides.
    static func bareConfig(_ host: String, _ members: String) throws -> String {
        try write(
            """
            {"bootstrap_user": "ops", "bootstrap_root": "/home/ops/cocalc-host", "host_id": "\(host)",
             "os_release": ["debian-12"], "minimum_free_disk_gb": 0, \(members)}
            """, for: host)
    }

    private static func write(_ text: String, for host: String) throws -> String {
        let path = "\(folder ?? "/tmp")/\(host)-\(UInt32.random(in: 0 ... .max)).json"
        try Files.replace(path, with: Array(text.utf8), mode: 0o600)
        return path
    }
}
