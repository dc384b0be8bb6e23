import HostConfig
import Digests
import Engine
import Platform

/// The marker that says this host is ready; it comes last and goes before anything is changed.
struct Finish: Step {
    let id: StepID = "finish"
    let phase = Phase.finish
    let needs: Set<StepID>
    private let marker: WantedFile
    private let trees: [String]

    /// Needs every other step of the run.
    init(_ host: Host, needs: Set<StepID>) {
        self.needs = needs
        trees = [host.layout.root, host.account.home]
        marker = WantedFile(
            path: host.layout.doneMarker, content: Array("sha256:\(host.configuration.digest.hex)\n".utf8), mode: 0o644,
            owner: host.owner)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await onDisk { [marker] () throws(SystemCallError) in try marker.difference().map { [$0] } ?? [] }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] { [marker.owned] }

    func wants(_ thing: OwnedThing) -> Bool { thing.isSame(as: marker.owned) }

    /// The marker goes before the first change.
    var consequence: Difference? {
        Difference(marker.path, found: "removed while the host is changed", wanted: "\(marker.content.count) bytes")
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        try await onDisk { [marker, trees] () throws(SystemCallError) in
            // A host that is called ready stays so when the power goes.
            for tree in trees where try FileStatus.of(tree) != nil { try FileSystem.synchronize(holding: tree) }
            try marker.write()
        }
    }
}
