internal import Glibc
internal import HostConfig
internal import JSON
internal import Platform

/// All of a first config, settled and checked before anything is written.
public struct Outline: Sendable {
    /// The config's name beside the bundle.
    public static let configName = "host.json"

    /// Where config and bundle go, as it was named.
    let into: String
    let service: ServiceOutline?
    /// The host's id, and its bootstrap user.
    public let host: String, user: String
    /// The hub's origin; nil: none.
    public let hub: String?
    /// What its author has to see to, a sentence each.
    public var remarks: [String] { service?.remarks ?? [] }
    private let home: String
    private let health: String?
    /// Before the archive's name.
    private let base: String

    /// Finds out what nobody said, and refuses what would not work.
    ///
    /// Blocks, and writes nothing.
    public init(_ options: InitOptions) throws(FirstConfigError) {
        var folder = options.folder.map(Self.bare)
        if folder == nil, try Self.isProject(".") { folder = "." }
        user = options.user
        home = options.home ?? "/home/\(options.user)"
        hub = try options.hub.map(Self.origin)
        host = options.host ?? (options.hub == nil ? Self.machineName : nil) ?? "host-1"
        health = options.health
        into = options.into.map(Self.bare) ?? folder.map(Self.beside) ?? "."
        let place = try onDisk { [into] () throws(SystemCallError) in try Self.realPath(into) }
        if let folder { try Self.keepApart(place, from: folder) }
        let service = try folder.map { (folder) throws(FirstConfigError) in try ServiceOutline(folder, options) }
        self.service = service
        base = hub.map { "\($0)/artifacts/bundles/" } ?? "file://\(Self.percentEncoded(place == "/" ? "" : place))/"
        // That of the bundle is not known yet; nothing else of it will change.
        try check(text(digest: String(repeating: "0", count: 64), size: 1))
        for name in [Self.configName, service?.archive, service.map { "\($0.archive).sha256" }].compactMap(\.self) {
            let path = Self.path(into, name)
            if try onDisk({ () throws(SystemCallError) in try FileStatus.of(path) }) != nil {
                throw .exists(
                    path: path,
                    remedy:
                        "move it away, or name another folder: --into FOLDER; a new version of what is there goes by "
                        + "host-bootstrap init DIR --update")
            }
        }
    }

    // MARK: The config

    /// The config's bytes, with what only the packed bundle tells.
    func text(digest: String, size: Int64) -> [UInt8] {
        var members: [(name: String, value: IndentedJSON)] = [
            ("bootstrap_user", .text(user)), ("bootstrap_root", .text("\(home)/cocalc-host")), ("host_id", .text(host)),
            ("os_release", .list([.text("debian-12+"), .text("ubuntu-24.04+")])),
        ]
        if let service {
            if !service.packages.isEmpty { members.append(("apt_packages", .list(service.packages.map { .text($0) }))) }
            if let node = service.node { members.append(("node_version", .text(node))) }
            let bundle: IndentedJSON = .object([
                ("url", .text(base + service.archive)), ("checksum", .text(digest)), ("size", .number(size)),
            ])
            members.append(("bundles", .object([(service.name, bundle)])))
            members.append(("units", .list(service.units.map { unit($0, of: service.name) })))
        }
        if let hub {
            members.append(
                (
                    "hub",
                    .object([
                        ("url", .text("\(hub)/api/v1/hosts/\(host)/status")),
                        ("token", .object([("file", .text("\(home)/.hub-token"))])),
                    ])
                ))
        }
        return IndentedJSON.object(members).bytes
    }

    private func unit(_ unit: UnitFile, of bundle: String) -> IndentedJSON {
        var members: [(name: String, value: IndentedJSON)] = [
            ("unit", .text(unit.name)), ("bundle", .text(bundle)), ("path", .text(unit.name)),
        ]
        if let health, unit.name.hasLastBytes(".service") {
            members.append(("health", .object([("urls", .list([.text(health)]))])))
        }
        return .object(members)
    }

    /// By the reader that `check` and `apply` have.
    private func check(_ bytes: [UInt8]) throws(FirstConfigError) {
        guard case .failure(let error) = HostConfiguration.load(bytes, file: Self.configName),
            let first = error.diagnostics.first
        else { return }
        let options = [
            ("bootstrap_user", "--user"), ("bootstrap_root", "--user"), ("host_id", "--host"), ("hub", "--hub-url"),
            ("node_version", "--node"), ("bundles", "--name"),
        ]
        let option =
            options.first { first.path.hasFirstBytes($0.0) }?.1
            ?? (first.path.contains("health") ? "--health" : "--name")
        throw .unusable(option: option, reason: first.message)
    }

    // MARK: Names and places

    /// One that says what it is itself.
    private static func isProject(_ folder: String) throws(FirstConfigError) -> Bool {
        for name in ["package.json", "pyproject.toml"] {
            if try onDisk({ () throws(SystemCallError) in try FileStatus.of("\(folder)/\(name)") }) != nil {
                return true
            }
        }
        return try !UnitFile.all(in: folder).isEmpty
    }

    private static func origin(_ text: String) throws(FirstConfigError) -> String {
        let bare = text.hasLastBytes("/") ? String(Substring(text.utf8.dropLast())) : text
        do throws(WebAddressError) {
            let address = try WebAddress(bare, for: .report)
            guard address.path.isEmpty, !bare.utf8.contains(where: { "?@".utf8.contains($0) }) else { throw .malformed }
        } catch {
            throw .unusable(
                option: "--hub-url",
                reason: error == .malformed
                    ? "is no address of a hub: https://NAME, or http://127.0.0.1:8002 on its own machine"
                    : "a hub elsewhere is asked by https:, and one on this machine by http://127.0.0.1:8002")
        }
        return bare
    }

    private static var machineName: String? {
        guard let name = try? Files.firstLine("/proc/sys/kernel/hostname"),
            (1...64).contains(name.utf8.count), name.isAlphanumeric(or: "._-")
        else { return nil }
        return name
    }

    /// Without slashes at its end.
    static func bare(_ folder: String) -> String {
        var bytes = folder.utf8[...]
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes = bytes.dropLast() }
        return String(Substring(bytes))
    }

    static func beside(_ folder: String) -> String {
        let name = Files.name(of: folder)
        guard name == "." || name == ".." else { return Files.folder(of: folder) }
        return "\(folder)/.."
    }

    static func path(_ folder: String, _ name: String) -> String {
        folder == "." ? name : folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    static func realPath(_ folder: String) throws(SystemCallError) -> String {
        let opened = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
        return try Files.linkTarget("/proc/self/fd/\(opened.number)") ?? Files.absolute(folder)
    }

    /// A bundle in the folder that it is packed of would be in the next one.
    private static func keepApart(_ place: String, from folder: String) throws(FirstConfigError) {
        let real = try onDisk { () throws(SystemCallError) in try realPath(folder) }
        if place.hasSameBytes(as: real) || place.hasFirstBytes(real == "/" ? "/" : "\(real)/") {
            throw .unusable(option: "--into", reason: "\(place) lies in the folder that is packed")
        }
    }

    private static func percentEncoded(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, byte in
            let character = String(decoding: [byte], as: UTF8.self)
            let isPlain = byte < 0x80 && character.isAlphanumeric(or: "/._~-+")
            text += isPlain ? character : "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
        }
    }
}
