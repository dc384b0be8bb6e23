import Engine
import HostConfig
import Platform

/// A disk for data: found, formatted if it holds nothing, mounted by its UUID, grown with the device.
struct DataDisk: Step {
    let id: StepID
    let phase = Phase.storage
    let needs: Set<StepID>
    private let disk: DiskMount

    /// `removal` is the step that takes an older mount unit away, if there is one.
    init(_ settings: DiskSettings, at mountPoint: String, _ host: Host, after removal: StepID? = nil) {
        id = Self.id(settings)
        disk = DiskMount(settings, at: mountPoint, givesRoot: true, host)
        // mkfs.xfs may be among the packages.
        needs = Set(["layout", AptPackages.id(host), removal].compactMap(\.self))
    }

    static func id(_ settings: DiskSettings) -> StepID { StepID("disk-\(settings.name)") }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await disk.differences(context, waits: true)
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        try await disk.differences(context, waits: false)
    }

    func verify(_ context: StepContext) async throws(StepFailure) -> [Difference] { try await preview(context) }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        try await disk.apply(differences, context)
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        try await disk.ownedThings(context)
    }

    func wants(_ thing: OwnedThing) -> Bool { disk.wants(thing) }
}
