import Glibc
import Platform

/// A PostgreSQL server of Debian's package, with a folder of its own and reached by a socket in it.
public struct PostgreSQLServer: Sendable {
    /// Holds data, log and socket.
    public let folder: String
    /// Of this machine, which it listens on too; nil for none.
    public let port: UInt16?

    /// The newest that is installed; nil when none is.
    public static let programs: String? = {
        let versions = ((try? Folders.names(in: "/usr/lib/postgresql")) ?? []).compactMap { Int($0) }.sorted()
        return versions.last.map { "/usr/lib/postgresql/\($0)/bin" }
    }()

    /// Starts one, and removes it when `body` has ended.
    ///
    /// `settings` are lines of postgresql.conf; files that they name lie in the folder, where `preparing` puts them.
    /// `access` are lines of pg_hba.conf, before those that let everybody in.
    public static func with(
        port: UInt16? = nil, settings: [String] = [], access: [String] = [],
        preparing: (String) async throws -> Void = { _ in },
        _ body: (PostgreSQLServer) async throws -> Void
    ) async throws {
        let server = PostgreSQLServer(folder: try Folders.makeTemporary(prefix: "/tmp/postgresql-"), port: port)
        defer { try? Folders.removeTree(server.folder) }
        try await preparing(server.folder)
        // The server runs as root for nobody.
        if getuid() == 0 { try await server.run("/usr/bin/chown", ["-R", "postgres:", server.folder]) }
        try await server.asOwner(
            "initdb", ["-D", server.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"])
        let network = port.map { ["listen_addresses = '127.0.0.1'", "port = \($0)"] } ?? ["listen_addresses = ''"]
        let own = network + ["unix_socket_directories = '\(server.folder)'"] + settings
        try await server.run(
            "/bin/sh", ["-c", "printf '%s\\n' \"$@\" >>\(server.data)/postgresql.conf", "sh"] + own)
        // Its first line that fits decides.
        let hosts = "\(server.data)/pg_hba.conf"
        try await server.run(
            "/bin/sh",
            ["-c", "{ printf '%s\\n' \"$@\"; cat \(hosts); } >\(hosts).new; cat \(hosts).new >\(hosts)", "sh"] + access)
        try await server.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try? await server.stop()
        try result.get()
    }

    /// A port of this machine that nobody listened on a moment ago.
    public static func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
            }
        }
        guard code == 0 else { throw Failure(words: "no port is free") }
        return UInt16(bigEndian: address.sin_port)
    }

    private var data: String { "\(folder)/data" }

    /// Starts it; it is ready when this returns.
    public func start() async throws {
        try await asOwner("pg_ctl", ["-D", data, "-w", "-l", "\(folder)/log", "start"])
    }

    /// Stops it as a power cut would, but that what was written stays.
    public func stop() async throws { try await asOwner("pg_ctl", ["-D", data, "-w", "-m", "immediate", "stop"]) }

    /// Makes an empty database and gives its address.
    public func makeDatabase(_ name: String = "d\(UInt32.random(in: 0 ... .max))") async throws -> String {
        _ = try await query("CREATE DATABASE \(name)", in: "postgres")
        return address(of: name)
    }

    /// Where a database is.
    public func address(of database: String) -> String {
        "postgresql:///\(database)?host=\(folder)&user=postgres\(port.map { "&port=\($0)" } ?? "")"
    }

    /// Runs statements by psql, and gives what it prints, without decoration.
    public func query(_ sql: String, in database: String) async throws -> String {
        try await run("/usr/bin/psql", ["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql, address(of: database)])
    }

    /// What went wrong in starting or asking it.
    public struct Failure: Error { let words: String }

    @discardableResult
    private func asOwner(_ program: String, _ arguments: [String]) async throws -> String {
        guard let programs = Self.programs else { throw Failure(words: "no PostgreSQL server is installed") }
        let command = ["\(programs)/\(program)"] + arguments
        guard getuid() == 0 else { return try await run(command[0], arguments) }
        return try await run("/usr/sbin/runuser", ["-u", "postgres", "--"] + command)
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let command = Command(program, arguments, workingDirectory: "/")
        let result = try await Subprocess.run(command, timeout: .seconds(300))
        guard result.succeeded else { throw Failure(words: "\(program): \(result.errors)\(result.output)") }
        return result.output.last == "\n" ? String(result.output.dropLast()) : result.output
    }
}
