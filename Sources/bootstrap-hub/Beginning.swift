import Digests
import Hub
import Platform
import Reporting

/// `bootstrap-hub init`: a folder that can be served, and what to type next.
enum Beginning {
    static func run(_ hub: Hub, data: String, url: HubURL?) async throws(HubError) {
        let place: String
        do throws(SystemCallError) { place = Files.folder(of: try ProcessStart.executable()) } catch {
            throw .system(error)
        }
        let agents = try await WorkDisplay.during(.initialize) { (notes) throws(HubError) in
            try hub.takeAgents(from: place, notes)
        }
        var text = "\(data) is ready\n"
        for (machine, agent) in agents { text += "agent for \(machine.rawValue): sha256 \(agent.digest.hex)\n" }
        Output.print("\(text)\nnext:\n\(next(data, url, hasAgents: !agents.isEmpty).map { "  \($0)\n" }.joined())")
    }

    /// Its first host is made by the program that has the host's config and bundle; that one tells the rest.
    private static func next(_ data: String, _ url: HubURL?, hasAgents: Bool) -> [String] {
        let folder = "--data \(ShellWord.plain(data))"
        return (hasAgents ? [] : ["bootstrap-hub add-binary host-bootstrap-\(OperatingSystem.machine) \(folder)"])
            + [
                "bootstrap-hub serve \(folder)",
                "host-bootstrap init FOLDER --hub-url \(ShellWord.plain(url?.text ?? "http://127.0.0.1:8002"))",
            ] + (url?.isLoopback == false ? ["bootstrap-hub add-user NAME --role operator \(folder)"] : [])
    }
}
