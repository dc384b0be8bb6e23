import FirstConfig
import Platform

/// What to type after `init`, ready to be pasted.
struct NextCommands {
    private let lead: String
    private let commands: [String]

    init(_ written: FirstFiles, config: String, host: String, user: String, hub: String?) {
        let data = "--data /var/lib/bootstrap-hub"
        let (config, host) = (ShellWord.plain(config), ShellWord.plain(host))
        let program = CommandLine.arguments.first.flatMap { $0.utf8.contains(UInt8(ascii: "/")) ? $0 : nil }
        let agent = ShellWord.plain(program ?? "host-bootstrap")
        if hub != nil {
            lead = "next, where the hub has its folder:"
            let first =
                written.archive.map { archive in
                    "echo \(ShellWord.quoted("\(archive.digest)  \(archive.path)")) | sha256sum -c && "
                        + "bootstrap-hub add-bundle \(ShellWord.plain(archive.path)) \(data)"
                } ?? "\(agent) check --config \(config)"
            commands = [
                first, "bootstrap-hub add-host \(host) --config \(config) \(data)",
                "bootstrap-hub join-command \(host) \(data)",
            ]
        } else {
            lead = "next, on the host, as \(user):"
            let last = written.units.first.map { "systemctl status \(ShellWord.plain($0))" }
            commands =
                (last == nil ? ["\(agent) check --config \(config)"] : [])
                + ["\(agent) plan --config \(config)", "\(agent) apply --config \(config)"] + [last].compactMap(\.self)
        }
    }

    var text: String { "\(lead)\n" + commands.map { "  \($0)\n" }.joined() }
}
