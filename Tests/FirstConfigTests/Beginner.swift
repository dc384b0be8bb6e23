import HostConfig
import Platform

@testable import FirstConfig

/// A folder in which somebody begins, with a project in `web`.
struct Beginner {
    let top: String
    var web: String { "\(top)/web" }

    /// Makes the project of these files, and removes all of it after the body.
    static func with(_ files: [String: String], _ body: (Beginner) throws -> Void) throws {
        let beginner = Beginner(top: try Folders.makeTemporary(prefix: "/tmp/first-config-tests-"))
        defer { try? Folders.removeTree(beginner.top) }
        try Folders.make(beginner.web)
        for (name, text) in files { try beginner.write("web/\(name)", text) }
        try body(beginner)
    }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        try Folders.make(Files.folder(of: "\(top)/\(name)"))
        try Files.replace("\(top)/\(name)", with: Array(text.utf8), mode: mode)
    }

    func text(_ name: String) throws -> String? { try Files.text("\(top)/\(name)") }

    /// InitOptions for the project, of a user who is not there.
    func options(_ change: (inout InitOptions) -> Void = { _ in }) -> InitOptions {
        var options = InitOptions(user: "ops", home: nil)
        options.folder = web
        change(&options)
        return options
    }

    /// All that `init` does.
    @discardableResult
    func begin(_ change: (inout InitOptions) -> Void = { _ in }) throws -> FirstFiles {
        try Outline(options(change)).write(sourceDate: nil, stop: StopFlag())
    }

    @discardableResult
    func update(version: String? = nil) throws -> FirstFiles {
        try Update(web, into: nil, version: version).write(sourceDate: nil, stop: StopFlag())
    }

    func config() throws -> HostConfiguration {
        try HostConfiguration.load(Files.read("\(top)/host.json"), file: "host.json").get()
    }

    /// All paths there, and what is in the files.
    func snapshot() throws -> [String: [UInt8]] { try Self.contents(top, "") }

    private static func contents(_ folder: String, _ prefix: String) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try Folders.names(in: folder) {
            let path = "\(folder)/\(name)"
            switch try FileStatus.of(path)?.kind {
            case .folder: found.merge(try contents(path, "\(prefix)\(name)/")) { first, _ in first }
            case .file: found["\(prefix)\(name)"] = try Files.read(path)
            default: found["\(prefix)\(name)"] = []
            }
        }
        return found
    }
}
