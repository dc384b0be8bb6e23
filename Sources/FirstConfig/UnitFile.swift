internal import Platform
internal import Projects
internal import Systemd

/// A unit file in a project's folder, there or to be written.
struct UnitFile: Sendable, Equatable {
    /// Its name, and so its path in the bundle.
    let name: String
    let text: String

    /// Those right in a folder, as they are; each must be one that systemd takes.
    ///
    /// Blocks. A template is none that could be started by itself.
    static func all(in folder: String) throws(FirstConfigError) -> [UnitFile] {
        var units: [UnitFile] = []
        for name in try onDisk({ () throws(SystemCallError) in try Folders.names(in: folder) }) {
            guard let unit = try? UnitName(name), [".service", ".socket", ".timer", ".path"].contains(unit.suffix),
                unit.stem.utf8.last != UInt8(ascii: "@")
            else { continue }
            let path = "\(folder)/\(name)"
            let text = try onDisk { () throws(SystemCallError) in
                // What a link leads to may not be in the bundle.
                try FileStatus.of(path)?.kind == .file ? try Files.text(path) : nil
            }
            guard let text else { continue }
            if let mistake = UnitText.mistakes(in: text, of: unit).first {
                throw .badUnit(place: "\(path):\(mistake.line)", reason: mistake.words)
            }
            units.append(UnitFile(name: name, text: text))
        }
        return units
    }

    /// It has the agent fill in where Node is.
    var usesNode: Bool { text.contains("@NODE@") }

    /// Started with root's rights, unless it says otherwise.
    var isRoots: Bool {
        name.hasLastBytes(".service") && UnitText(text).values("User", in: "Service").isEmpty
            && UnitText(text).values("DynamicUser", in: "Service").isEmpty
    }
}

extension UnitFile {
    /// The unit of a program in the bundle of that name, which is its working folder.
    ///
    /// Of `@NAME@`, systemd never sees any: the agent fills them in.
    init(starting command: StartCommand, of bundle: String, python modules: [String]) {
        let folder = "@BOOTSTRAP_ROOT@/bundles/\(bundle)/current"
        let program =
            switch command.program {
            case .node: "@NODE@"
            case .python: "/usr/bin/python3"
            case .host(let name): name
            case .own(let path): "\(folder)/\(path)"
            }
        var variables = command.variables
        if case .node = command.program, !variables.contains(where: { $0.name == "NODE_ENV" }) {
            variables.insert(.init(name: "NODE_ENV", value: "production"), at: 0)
        }
        if case .python = command.program, !modules.isEmpty {
            let path = modules.map { $0.isEmpty ? folder : "\(folder)/\($0)" }.joined(separator: ":")
            variables.insert(.init(name: "PYTHONPATH", value: path), at: 0)
        }
        let environment = variables.map { "Environment=\(Self.word("\($0.name)=\($0.value)", inCommand: false))\n" }
        let start = ([program] + command.arguments.map { Self.word($0, inCommand: true) }).joined(separator: " ")
        name = "\(bundle).service"
        text = """
            # Made by host-bootstrap init, and yours to change; host-bootstrap init --update packs it again.
            # What stands between two @ is filled in on the host; the config's "environment" is in the file.
            [Unit]
            Description=\(bundle)
            After=network.target

            [Service]
            User=@BOOTSTRAP_USER@
            WorkingDirectory=\(folder)
            EnvironmentFile=@ENVIRONMENT_FILE@
            \(environment.joined())ExecStart=\(start)
            Restart=on-failure

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// As systemd.syntax(7) and systemd.service(5) quote: `%` begins a specifier, and in a command `$` a variable.
    private static func word(_ text: String, inCommand: Bool) -> String {
        var escapes: [Unicode.Scalar: String] = ["\\": "\\\\", "\"": "\\\"", "%": "%%"]
        if inCommand { escapes["$"] = "$$" }
        let escaped = text.escaping(escapes)
        let isPlain = !text.isEmpty && text.isAlphanumeric(or: "/._-+:@,=%")
        return isPlain ? escaped : "\"\(escaped)\""
    }
}
