import Engine
import Platform
import Privileged
import Systemd

/// A unit of ours by which systemd mounts what is stored, or swaps to it, from the first moments of each boot on.
struct StorageUnit: Sendable {
    let name: UnitName
    /// Its file; nil as long as what it is about is not known.
    let file: WantedFile?
    private let host: Host

    /// `what` is its section with all that is in it; nil when that is not known yet.
    init(_ name: UnitName, _ description: String, _ what: String?, wantedBy target: String, _ host: Host) {
        self.name = name
        self.host = host
        file = what.map { what in
            let text = """
                # Written by host-bootstrap; changes made here are overwritten.
                [Unit]
                Description=\(description)

                \(what)

                [Install]
                WantedBy=\(target)

                """
            return WantedFile(path: UnitPlace.path(name.text), content: Array(text.utf8), mode: 0o644, owner: 0)
        }
    }

    /// One that mounts on a path, with options besides those that every such mount has.
    static func mount(
        _ source: String?, on mountPoint: String, _ kind: String, options: String = "", _ description: String,
        _ host: Host
    ) throws(StepFailure) -> StorageUnit {
        let name: UnitName
        do throws(SystemdError) { name = try UnitName.mount(at: mountPoint) } catch { throw StepFailure(error) }
        let what = source.map { source in
            """
            [Mount]
            What=\(Self.escaped(source))
            Where=\(Self.escaped(mountPoint))
            Type=\(kind)
            Options=\(options)noatime,nodev,nosuid,X-mount.mkdir
            """
        }
        return StorageUnit(name, description, what, wantedBy: "local-fs.target", host)
    }

    /// systemd.unit(5), "Specifiers".
    private static func escaped(_ path: String) -> String { path.parts(at: "%").joined(separator: "%%") }

    /// Its file as a thing that is owned.
    var owned: OwnedThing? { file.map { OwnedThing(.unit, name.text, content: $0.owned.content) } }

    /// Fails when somebody else masked it, unless the run takes over.
    func refuseMask() async throws(StepFailure) {
        let path = UnitPlace.path(name.text)
        let isMasked = try await onDisk { [host] () throws(SystemCallError) in try host.isMask(path) }
        if isMasked, !host.takesOver { throw ForeignUnitFiles.maskFailure(UnitPlace(name, .system), path) }
    }

    /// How its file and its enablement differ; `state` is asked for with links.
    func differences(_ state: UnitState) async throws(StepFailure) -> [Difference] {
        let file = file
        var found = try await onDisk { () throws(SystemCallError) in
            let difference = try file.map { (file) throws(SystemCallError) in try file.difference() }
            return [difference ?? nil].compactMap(\.self)
        }
        if state.file != "enabled" {
            found.append(
                Difference(name.text, found: state.file.isEmpty ? "no unit file" : state.file, wanted: "enabled"))
        }
        return found
    }

    /// Writes its file, in the place of a mask, too, and has systemd read it.
    func write() async throws(StepFailure) {
        guard let file else { return }
        let isMasked = try await onDisk { () throws(SystemCallError) in try AdministratorFiles.isMask(file.path) }
        try await asRoot { () throws(PrivilegedError) in
            if isMasked || host.takesOver { try await host.helper.unmask(name) }
            try await host.helper.replaceFile(file.path, content: file.content, mode: file.mode, owner: "root")
            try await host.helper.reloadUnits()
        }
    }
}
