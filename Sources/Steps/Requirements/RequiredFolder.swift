import Engine
import Platform

/// A folder that must be there.
struct RequiredFolder: PlacedRequirement {
    let placement: Placement
    let host: Host

    func meet(_ context: StepContext) async throws(StepFailure) {
        try await refuseObstacle()
        try await host.makeFolder(path, mode: placement.mode)
        let placement = placement
        try await onDisk { () throws(SystemCallError) in
            // The umask may have taken some of the bits.
            if try placement.difference() != nil { try Files.setMode(placement.path, placement.mode) }
        }
    }
}
