import Digests
import Engine
import HostConfig
import Platform

/// The agent where the host's timer looks for it: the stub puts it there, and else whoever runs it.
///
/// Like all that a stub leaves, it goes with the last of the host's things.
struct AgentProgram: Step {
    static let name: StepID = "agent-program"
    let id = Self.name
    let phase = Phase.layout
    let needs: Set<StepID> = ["layout"]
    private let path: String
    private let isOffline: Bool
    /// The config says which it is to be, and ``AgentReplacement`` sees to that.
    private let isNamed: Bool

    init(_ host: Host) {
        path = Self.path(root: host.layout.root)
        isOffline = host.inspection.isOffline
        isNamed = host.configuration.agentHere != nil
    }

    /// As the stub has it.
    static func path(root: String) -> String { "\(root)/bin/host-bootstrap" }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        [try await difference()].compactMap(\.self)
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let path = path
        try await onDisk { () throws(SystemCallError) in
            if try FileStatus.of(path).map({ $0.kind != .file }) == true { try Files.moveAside(path) }
            let program = try ProcessStart.program()
            try Files.replace(path, with: program, mode: 0o755)
        }
    }

    /// A host is not looked at by another program than the one that makes it what it is; whoever only looks takes what is there.
    private func difference() async throws(StepFailure) -> Difference? {
        let (path, takesAny) = (path, isOffline || isNamed)
        return try await onDisk { () throws(SystemCallError) -> Difference? in
            guard let there = try FileStatus.of(path) else {
                return Difference(path, found: "absent", wanted: "this program")
            }
            guard there.kind == .file else {
                return Difference(path, found: there.kind.rawValue, wanted: "this program")
            }
            if there.mode & 0o100 == 0 {
                return Difference(path, found: octal(there.mode), wanted: "this program")
            }
            if takesAny { return nil }
            let executable = try ProcessStart.executable()
            guard let own = try FileStatus.of(executable), own.inode != there.inode || own.device != there.device else {
                return nil
            }
            if own.size == there.size, try FileDigest.of(executable) == FileDigest.of(path) { return nil }
            return Difference(path, found: "another version", wanted: "this program")
        }
    }
}
