internal import Digests
internal import HostConfig
internal import JSON
internal import Platform

/// The member `agent` of a config, by which it names the agents that hosts are to be run by.
enum AgentMember {
    /// A config that names these agents, as a hub serves them; all its other bytes are as they were.
    static func put(_ agents: [(machine: ElfMachine, artifact: Artifact)], of hub: HubURL, into source: [UInt8])
        -> [UInt8]
    {
        guard let node = try? JSONNode(source), case .object(let members) = node.kind, let last = members.last else {
            return source
        }
        var entries = agents.map { machine, artifact in
            JSONText.quoted(machine.rawValue) + Array(": {\"url\": ".utf8)
                + JSONText.quoted(hub.text + artifact.urlPath)
                + Array(", \"sha256\": \"\(artifact.digest.hex)\"}".utf8)
        }
        // Those of other machines stay.
        if case .object(let others)? = node["agent"]?.kind {
            let known = Set(agents.map(\.machine.rawValue))
            entries += others.filter { !known.contains($0.name) }.map { other in
                JSONText.quoted(other.name) + Array(": ".utf8) + source[other.value.extent(in: source)]
            }
        }
        let text = Array("{".utf8) + Array(entries.joined(separator: Array(", ".utf8))) + Array("}".utf8)
        var result = source
        if let present = node["agent"] {
            result.replaceSubrange(present.extent(in: source), with: text)
        } else {
            let end = last.value.extent(in: source).upperBound
            result.insert(contentsOf: Array(",\n  \"agent\": ".utf8) + text, at: end)
        }
        return result
    }
}
