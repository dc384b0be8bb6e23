import Engine
import Platform

/// A folder that must be there.
struct RequiredFolder: Requirement {
    let path: String
    let priority: Int
    let mode: UInt32
    /// Whose it must be.
    let user: UInt32
    let host: Host

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        let placement = placement
        return try await onDisk { () throws(SystemCallError) in try placement.difference() }
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        let placement = placement
        if let obstacle = try await onDisk({ () throws(SystemCallError) in try placement.obstacle() }) {
            throw hopeless(obstacle.problem, hint: obstacle.hint)
        }
        try await host.makeFolder(path, mode: mode)
        try await onDisk { () throws(SystemCallError) in
            // The umask may have taken some of the bits.
            if try placement.difference() != nil { try Files.setMode(placement.path, placement.mode) }
        }
    }

    private var placement: Placement { Placement(path: path, kind: .folder, mode: mode, user: user) }
}
